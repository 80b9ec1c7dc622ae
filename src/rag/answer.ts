import type { GuardrailReport } from '../guardrails/verdict.ts';
import type { Usage } from '../llms/answer-model.ts';
import type { FinishReason } from '../llms/finish-reason.ts';
import type { Citation } from './verify-answer.ts';

export const REFUSAL_REASONS = [
  'not_in_documents',
  'topic',
  'self_harm',
  'output_blocked',
  'no_answer',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A finished answer. A refusal has no citations, and confidence 0. */
export type Answer = {
  answer: string;
  citations: Citation[];
  confidence: number;
  refused: boolean;
  refusalReason: RefusalReason | null;
  /** Why the model stopped writing: unless `stop`, the answer is not whole, or none. */
  finishReason: FinishReason;
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

/** What an answer comes to in the end, for those who need not see it being written. */
export async function finalAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'end') return event.answer;
  throw new Error('the answer has no end');
}
