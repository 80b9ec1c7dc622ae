import { giveWay } from '../event-loop/give-way.ts';
import type { OutputGate } from '../guardrails/output/output-gate.ts';
import type { AnswerPart } from '../llms/answer-model.ts';
import type { AnswerEvent } from './answer.ts';
import { answerText } from './answer-text.ts';
import { createCitationFilter } from './citation-filter.ts';
import type { Citation } from './verify-answer.ts';

/** An answer as the model wrote it, without what it may not cite; and as it went out. Both are empty for a refusal. */
export type WrittenAnswer = { written: string; released: string; model: string | undefined };

export type WriteAnswerOptions = {
  /** What may be cited, as it may be shown, by number. */
  citations: () => Promise<Citation[]>;
  passages: number;
  gate: OutputGate;
  stream: boolean;
  tenant: string;
};

/** The gate may look at its window again after every word: so many characters hold the event loop for no longer than a moment. */
const LONGEST_PART = 16;

/**
 * Lets an answer out as it is written: its citations first, then what passes the gate.
 *
 * @throws OutputBlocked when the gate stops it, and whatever the model throws
 */
export async function* writeAnswer(
  parts: AsyncIterable<AnswerPart>,
  { citations, passages, gate, stream, tenant }: WriteAnswerOptions,
): AsyncGenerator<AnswerEvent, WrittenAnswer> {
  const filter = createCitationFilter(passages);
  let model: string | undefined;
  let written = '';
  let released = '';
  const pass = async function* (cited: string, isLast: boolean): AsyncIterable<AnswerEvent> {
    written += cited;
    let text = '';
    for (let from = 0; from < cited.length; from += LONGEST_PART) {
      await giveWay(tenant);
      text += gate.push(cited.slice(from, from + LONGEST_PART));
    }
    if (isLast) text += gate.end();
    released += text;
    if (text !== '') yield { type: 'delta', text };
  };
  for await (const text of answerText(parts, (name) => (model = name))) {
    if (stream && written === '') yield { type: 'citations', citations: await citations() };
    yield* pass(filter.push(text), false);
  }
  yield* pass(filter.end(), true);
  return { written, released, model };
}
