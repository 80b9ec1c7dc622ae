import type { Principal } from '../auth/principal.ts';
import type { Passage } from '../evidence/passage.ts';
import { weighEvidenceInTurns } from '../evidence/weigh-evidence.ts';
import type { AdmittedQuestion } from '../guardrails/admit-question.ts';
import { countTypes } from '../guardrails/count-types.ts';
import type { Guardrails } from '../guardrails/guardrails.ts';
import { createCanary } from '../guardrails/injection/canary.ts';
import { OutputBlocked } from '../guardrails/output/output-blocked.ts';
import type { Filter } from '../index-store/retrieval.ts';
import { callerName } from '../limits/caller-name.ts';
import type { Metering } from '../limits/metering.ts';
import type { AnswerModel, Prompt, Usage } from '../llms/answer-model.ts';
import { mostTokensOf } from '../llms/most-tokens.ts';
import type { FinishReason } from '../llms/finish-reason.ts';
import type { AnswerEvent, RefusalReason } from './answer.ts';
import { groundedPrompt } from './prompt.ts';
import type { Retrieve } from './retrieve.ts';
import { citationOf, verifyAnswer, type Citation } from './verify-answer.ts';
import { writeAnswer } from './write-answer.ts';

/** A question that the input guardrails let in. */
export type Question = { admitted: AdmittedQuestion; topK: number; filter?: Filter | undefined };

export type AnswerOptions = {
  stream: boolean;
  signal: AbortSignal;
  /** Is told in the end what was charged, also for an answer that was broken off. */
  onCharged?: (charged: { model: string; usage: Usage }) => void;
};

/** Answers on behalf of `caller`, who pays. A caller who may not have an answer now is refused before its `start`. */
export type AnswerQuestion = (
  caller: Principal,
  question: Question,
  options: AnswerOptions,
) => AsyncIterable<AnswerEvent>;

const REFUSAL = 'The documents do not hold an answer to this question.';
const WITHHELD = 'The answer was withheld: it held what may not go out.';
/** Where the model stopped without a word of an answer. */
const NO_ANSWER = {
  length: 'The model used up its tokens before it wrote an answer.',
  refusal: 'The model does not answer this question.',
  tool_calls: 'The model asked for a tool instead of writing an answer.',
} as const;
const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, costUsd: 0 };

type Parts = { retrieve: Retrieve; model: AnswerModel; guardrails: Guardrails; metering: Metering };

/** The spine: retrieve, screen, fence, reserve, ask the model, let out what passes the gate, and check what it cites. */
export function createAnswerQuestion({ retrieve, model, guardrails, metering }: Parts): AnswerQuestion {
  return async function* (caller, { admitted, topK, filter }, { stream, signal, onCharged }) {
    const { vault, report } = admitted;
    let writer = model.name;
    let hasBegun = false;
    const begin = async function* (citations: () => Promise<Citation[]>): AsyncIterable<AnswerEvent> {
      if (hasBegun) return;
      hasBegun = true;
      yield { type: 'citations', citations: await citations() };
    };
    /** Takes the place of what may be out already. */
    const refuse = async function* (
      refusalReason: RefusalReason,
      answer: string,
      usage = NO_USAGE,
      finishReason: FinishReason = 'stop',
    ): AsyncIterable<AnswerEvent> {
      const isFirst = !hasBegun;
      yield* begin(() => Promise.resolve([]));
      if (isFirst) yield { type: 'delta', text: answer };
      const none = { citations: [], confidence: 0, refused: true };
      const facts = { refusalReason, finishReason, model: writer, usage, guardrails: report };
      yield { type: 'end', answer: { answer, ...none, ...facts } };
    };
    const start: AnswerEvent = { type: 'start', model: model.name };

    if (admitted.refusal) {
      yield start;
      yield* refuse(admitted.refusal.reason, admitted.refusal.message);
      return;
    }
    const question = { text: admitted.plain, maskedText: admitted.text, topK, filter };
    const retrieval = await retrieve({ tenant: caller.tenant, groups: caller.groups }, question, signal);
    const screened = await guardrails.screen(retrieval.chunks, caller.tenant);
    report.flags.push(...screened.flags);
    const passages = screened.passages.map((chunk, place): Passage => ({ ...chunk, index: place + 1 }));
    if (passages.length === 0) {
      yield start;
      yield* refuse('not_in_documents', REFUSAL);
      return;
    }

    const asked = { question: admitted.plain, terms: retrieval.terms, languages: retrieval.languages };
    const evidence = await weighEvidenceInTurns(asked, passages, caller.tenant);
    const prepare = (texts: string[]) => guardrails.output.prepare(texts, vault, caller.tenant);
    if (model.maxOutputTokens !== undefined)
      await prepare(passages.flatMap(({ title, headingPath, text }) => [title, ...headingPath, text]));
    const canary = createCanary();
    let made: Prompt | undefined;
    const prompt = () =>
      (made ??= groundedPrompt({
        question: admitted.text,
        passages: passages.map((passage) => guardrails.output.shield(passage, vault)),
        canary: canary.token,
      }));
    const most = mostTokensOf(model, prompt, admitted.text);
    const meter = await metering.open(caller, { stream, most });
    try {
      yield start;
      const gate = guardrails.output.open(vault, canary);
      const release = async (citations: Citation[]) => {
        await prepare(citations.flatMap(({ title, quote }) => [title, quote]));
        return citations.map((citation) => guardrails.output.release(citation, vault));
      };
      const turn = { caller: callerName(caller), most };
      const request = { asked, passages, evidence, prompt, stream, signal, turn, onAsked: meter.asked };
      const citable = () => release(stream ? passages.map((one) => citationOf(one, one)) : []);
      const {
        written,
        released,
        model: wrote,
        finishReason,
        isRefusal,
      } = yield* writeAnswer(meter.count(model.answer(request)), {
        passages: passages.length,
        gate,
        begin: () => begin(citable),
        tenant: caller.tenant,
      });
      signal.throwIfAborted();
      writer = wrote ?? writer;
      const usage = meter.close();
      const redacted = countTypes(gate.redactions.map((type) => ({ type })));
      report.redactions.push(...redacted.map((one) => ({ ...one, where: 'output' as const })));
      if (isRefusal) {
        yield* refuse('not_in_documents', REFUSAL, usage);
        return;
      }
      if (finishReason === 'refusal' || (written === '' && finishReason !== 'stop')) {
        yield* finishReason === 'content_filter'
          ? refuse('output_blocked', WITHHELD, usage, finishReason)
          : refuse('no_answer', released || NO_ANSWER[finishReason], usage, finishReason);
        return;
      }
      if (written === '') {
        yield* refuse('not_in_documents', REFUSAL, usage);
        return;
      }
      yield* begin(citable);
      const restored = guardrails.output.restore(written, vault);
      const verified = await verifyAnswer(restored, asked, evidence, caller.tenant);
      const citations = await release(verified.citations);
      yield {
        type: 'end',
        answer: {
          answer: released,
          citations,
          confidence: verified.confidence,
          refused: false,
          refusalReason: null,
          finishReason,
          model: writer,
          usage,
          guardrails: report,
        },
      };
    } catch (error) {
      if (!(error instanceof OutputBlocked)) throw error;
      report.flags.push(`output_${error.category ?? error.reason}`);
      yield* refuse('output_blocked', WITHHELD, meter.close(), 'content_filter');
    } finally {
      const usage = meter.close();
      onCharged?.({ model: writer, usage });
    }
  };
}
