import { giveWay } from '../event-loop/give-way.ts';
import type { OutputGate } from '../guardrails/output/output-gate.ts';
import type { AnswerPart } from '../llms/answer-model.ts';
import type { FinishReason } from '../llms/finish-reason.ts';
import type { AnswerEvent } from './answer.ts';
import { answerText } from './answer-text.ts';
import { createCitationFilter } from './citation-filter.ts';

/** An answer as the model wrote it, without what it may not cite; and as it went out. */
export type WrittenAnswer = {
  written: string;
  released: string;
  model: string | undefined;
  finishReason: FinishReason;
  /** The model says that the passages do not hold an answer, whatever else it wrote. */
  isRefusal: boolean;
};

export type WriteAnswerOptions = {
  passages: number;
  gate: OutputGate;
  /** What comes before anything of the answer does. */
  begin: () => AsyncIterable<AnswerEvent>;
  tenant: string;
};

/** The gate may look at its window again after every word: so many characters hold the event loop for no longer than a moment. */
const LONGEST_PART = 16;

/**
 * Lets an answer out as it is written: what passes the gate.
 *
 * @throws OutputBlocked when the gate stops it, and whatever the model throws
 */
export async function* writeAnswer(
  parts: AsyncIterable<AnswerPart>,
  { passages, gate, begin, tenant }: WriteAnswerOptions,
): AsyncGenerator<AnswerEvent, WrittenAnswer> {
  const filter = createCitationFilter(passages);
  const answer: WrittenAnswer = {
    written: '',
    released: '',
    model: undefined,
    finishReason: 'stop',
    isRefusal: false,
  };
  const pass = async function* (cited: string, isLast: boolean): AsyncIterable<AnswerEvent> {
    answer.written += cited;
    let text = '';
    for (let from = 0; from < cited.length; from += LONGEST_PART) {
      await giveWay(tenant);
      text += gate.push(cited.slice(from, from + LONGEST_PART));
    }
    if (isLast) text += gate.end();
    answer.released += text;
    if (text === '') return;
    yield* begin();
    yield { type: 'delta', text };
  };
  const texts = answerText(parts, {
    onEnd: ({ model, finishReason = 'stop' }) => Object.assign(answer, { model, finishReason }),
    onRefusal: () => (answer.isRefusal = true),
  });
  for await (const text of texts) yield* pass(filter.push(text), false);
  // Of a refusal nothing is given out that is not out already.
  if (!answer.isRefusal) yield* pass(filter.end(), true);
  return answer;
}
