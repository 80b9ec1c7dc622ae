import type { RowScope } from '../db/database.ts';
import type { Passage } from '../evidence/passage.ts';
import { weighEvidence } from '../evidence/weigh-evidence.ts';
import type { AdmittedQuestion } from '../guardrails/admit-question.ts';
import { countTypes } from '../guardrails/count-types.ts';
import type { Guardrails } from '../guardrails/guardrails.ts';
import { createCanary } from '../guardrails/injection/canary.ts';
import { OutputBlocked } from '../guardrails/output/output-blocked.ts';
import type { GuardrailReport } from '../guardrails/verdict.ts';
import type { Filter } from '../index-store/index-store.ts';
import type { AnswerModel, Usage } from '../llms/answer-model.ts';
import { answerText, type AnswerCost } from './answer-text.ts';
import { createCitationFilter } from './citation-filter.ts';
import { groundedPrompt } from './prompt.ts';
import type { Retrieve } from './retrieve.ts';
import { citationOf, verifyAnswer, type Citation } from './verify-answer.ts';

/** A question that the input guardrails let in. */
export type Question = { admitted: AdmittedQuestion; topK: number; filter?: Filter | undefined };

export const REFUSAL_REASONS = ['not_in_documents', 'topic', 'self_harm', 'output_blocked'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A finished answer. A refusal has no citations, and confidence 0. */
export type Answer = {
  answer: string;
  citations: Citation[];
  confidence: number;
  refused: boolean;
  refusalReason: RefusalReason | null;
  model: string;
  usage: Usage;
  guardrails: GuardrailReport;
};

/** In this order: one `start`, one `citations` (whole passages that the text may cite), `delta`s, one `end`. */
export type AnswerEvent =
  | { type: 'start'; model: string }
  | { type: 'citations'; citations: Citation[] }
  | { type: 'delta'; text: string }
  | { type: 'end'; answer: Answer };

export type AnswerQuestion = (
  scope: RowScope,
  question: Question,
  options: { stream: boolean; signal: AbortSignal },
) => AsyncIterable<AnswerEvent>;

const REFUSAL = 'The documents do not hold an answer to this question.';
const WITHHELD = 'The answer was withheld: it held what may not go out.';
const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, costUsd: 0 };

type Parts = { retrieve: Retrieve; model: AnswerModel; guardrails: Guardrails };

/** The spine: retrieve, screen, fence, ask the model, let out what passes the gate, and check what it cites. */
export function createAnswerQuestion({ retrieve, model, guardrails }: Parts): AnswerQuestion {
  return async function* (scope, { admitted, topK, filter }, { stream, signal }) {
    const { vault, report } = admitted;
    const cost: AnswerCost = { name: model.name, usage: NO_USAGE };
    const refusal = (refusalReason: RefusalReason, answer: string): Answer => ({
      answer,
      citations: [],
      confidence: 0,
      refused: true,
      refusalReason,
      model: cost.name,
      usage: cost.usage,
      guardrails: report,
    });

    yield { type: 'start', model: model.name };
    if (admitted.refusal) {
      yield* refused(refusal(admitted.refusal.reason, admitted.refusal.message));
      return;
    }
    const question = { text: admitted.plain, maskedText: admitted.text, topK, filter };
    const retrieval = await retrieve(scope, question, signal);
    const screened = guardrails.screen(retrieval.chunks);
    report.flags.push(...screened.flags);
    const passages = screened.passages.map((chunk, place): Passage => ({ ...chunk, index: place + 1 }));
    if (passages.length === 0) {
      yield* refused(refusal('not_in_documents', REFUSAL));
      return;
    }

    const asked = { question: admitted.plain, terms: retrieval.terms, languages: retrieval.languages };
    const evidence = weighEvidence(asked, passages);
    const canary = createCanary();
    const prompt = () => {
      const shielded = passages.map((passage) => guardrails.output.shield(passage, vault));
      return groundedPrompt({ question: admitted.text, passages: shielded, canary: canary.token });
    };
    const gate = guardrails.output.open(vault, canary);
    const citations = createCitationFilter(passages.length);
    const release = (citation: Citation) => guardrails.output.release(citation, vault);
    let written = '';
    let answer = '';
    const pass = (cited: string, isLast: boolean): string => {
      written += cited;
      const ready = gate.push(cited) + (isLast ? gate.end() : '');
      answer += ready;
      return ready;
    };
    try {
      const parts = model.answer({ asked, passages, evidence, prompt, stream, signal });
      for await (const text of answerText(parts, cost)) {
        if (stream && written === '')
          yield { type: 'citations', citations: passages.map((one) => release(citationOf(one, one))) };
        const ready = pass(citations.push(text), false);
        if (ready !== '') yield { type: 'delta', text: ready };
      }
      signal.throwIfAborted();
      const ready = pass(citations.end(), true);
      if (ready !== '') yield { type: 'delta', text: ready };
    } catch (error) {
      if (!(error instanceof OutputBlocked)) throw error;
      report.flags.push(`output_${error.category ?? error.reason}`);
      yield { type: 'end', answer: refusal('output_blocked', WITHHELD) };
      return;
    }
    if (written === '') {
      yield* refused(refusal('not_in_documents', REFUSAL));
      return;
    }
    const released = countTypes(gate.redactions.map((type) => ({ type })));
    report.redactions.push(...released.map((one) => ({ ...one, where: 'output' as const })));
    const verified = verifyAnswer(guardrails.output.restore(written, vault), asked, evidence);
    yield {
      type: 'end',
      answer: {
        answer,
        citations: verified.citations.map(release),
        confidence: verified.confidence,
        refused: false,
        refusalReason: null,
        model: cost.name,
        usage: cost.usage,
        guardrails: report,
      },
    };
  };
}

/** What an answer comes to in the end, for those who need not see it being written. */
export async function finalAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'end') return event.answer;
  throw new Error('the answer has no end');
}

function* refused(answer: Answer): Iterable<AnswerEvent> {
  yield { type: 'citations', citations: [] };
  yield { type: 'delta', text: answer.answer };
  yield { type: 'end', answer };
}
