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
  citations: () => Citation[];
  passages: number;
  gate: OutputGate;
  stream: boolean;
};

/**
 * Lets an answer out as it is written: its citations first, then what passes the gate.
 *
 * @throws OutputBlocked when the gate stops it, and whatever the model throws
 */
export async function* writeAnswer(
  parts: AsyncIterable<AnswerPart>,
  { citations, passages, gate, stream }: WriteAnswerOptions,
): AsyncGenerator<AnswerEvent, WrittenAnswer> {
  const filter = createCitationFilter(passages);
  let model: string | undefined;
  let written = '';
  let released = '';
  const pass = function* (cited: string, isLast: boolean): Iterable<AnswerEvent> {
    written += cited;
    const text = gate.push(cited) + (isLast ? gate.end() : '');
    released += text;
    if (text !== '') yield { type: 'delta', text };
  };
  for await (const text of answerText(parts, (name) => (model = name))) {
    if (stream && written === '') yield { type: 'citations', citations: citations() };
    yield* pass(filter.push(text), false);
  }
  yield* pass(filter.end(), true);
  return { written, released, model };
}
