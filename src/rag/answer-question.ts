import type { RowScope } from '../db/database.ts';
import type { Passage } from '../evidence/passage.ts';
import { weighEvidence } from '../evidence/weigh-evidence.ts';
import { NOT_IN_DOCUMENTS, type AnswerModel, type Usage } from '../llms/answer-model.ts';
import { createCitationFilter } from './citation-filter.ts';
import { groundedPrompt } from './prompt.ts';
import type { Question, Retrieve } from './retrieve.ts';
import { citationOf, verifyAnswer, type Citation } from './verify-answer.ts';

/** A finished answer. A refusal has no citations, and confidence 0. */
export type Answer = {
  answer: string;
  citations: Citation[];
  confidence: number;
  refused: boolean;
  refusalReason: 'not_in_documents' | null;
  model: string;
  usage: Usage;
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
const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, costUsd: 0 };

/** The spine: retrieve, fence, ask the model, check what it cites. */
export function createAnswerQuestion(retrieve: Retrieve, model: AnswerModel): AnswerQuestion {
  return async function* (scope, question, { stream, signal }) {
    yield { type: 'start', model: model.name };
    const retrieval = await retrieve(scope, question, signal);
    const passages = retrieval.chunks.map((chunk, place): Passage => ({ ...chunk, index: place + 1 }));
    if (passages.length === 0) {
      yield* refuse(model.name, NO_USAGE);
      return;
    }

    const asked = { question: question.text, terms: retrieval.terms, languages: retrieval.languages };
    const evidence = weighEvidence(asked, passages);
    const prompt = groundedPrompt(question.text, passages);
    const filter = createCitationFilter(passages.length);
    let raw = '';
    let text = '';
    let name = model.name;
    let usage = NO_USAGE;
    for await (const part of model.answer({ asked, passages, evidence, prompt, stream, signal })) {
      if (part.type === 'end') {
        name = part.model;
        usage = part.usage;
        continue;
      }
      const undecided = mayBeRefusal(raw);
      raw += part.text;
      if (mayBeRefusal(raw)) continue;
      if (undecided)
        yield { type: 'citations', citations: passages.map((passage) => citationOf(passage, passage)) };
      const ready = filter.push(undecided ? raw.trimStart() : part.text);
      text += ready;
      if (ready !== '') yield { type: 'delta', text: ready };
    }
    signal.throwIfAborted();
    if (mayBeRefusal(raw)) {
      yield* refuse(name, usage);
      return;
    }
    const rest = filter.end();
    text += rest;
    if (rest !== '') yield { type: 'delta', text: rest };
    const verified = verifyAnswer(text, asked, evidence);
    yield {
      type: 'end',
      answer: { answer: text, ...verified, refused: false, refusalReason: null, model: name, usage },
    };
  };
}

/** What an answer comes to in the end, for those who need not see it being written. */
export async function finalAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'end') return event.answer;
  throw new Error('the answer has no end');
}

/** Whether what has come so far is, or could still become, nothing but the refusal mark. */
function mayBeRefusal(raw: string): boolean {
  const begun = raw
    .trim()
    .replace(/[."'`*]+$/g, '')
    .replace(/^["'`*]+/, '');
  return NOT_IN_DOCUMENTS.startsWith(begun);
}

function* refuse(model: string, usage: Usage): Iterable<AnswerEvent> {
  yield { type: 'citations', citations: [] };
  yield { type: 'delta', text: REFUSAL };
  const answer: Answer = {
    answer: REFUSAL,
    citations: [],
    confidence: 0,
    refused: true,
    refusalReason: 'not_in_documents',
    model,
    usage,
  };
  yield { type: 'end', answer };
}
