import { NOT_IN_DOCUMENTS, type AnswerPart, type Usage } from '../llms/answer-model.ts';

/** Who wrote an answer in the end, and what it cost. */
export type AnswerCost = { name: string; usage: Usage };

/**
 * The text that a model writes, from where it is certain that it is more than the refusal mark: of a refusal there is
 * none. What it cost is noted in `cost` once it is known.
 */
export async function* answerText(
  parts: AsyncIterable<AnswerPart>,
  cost: AnswerCost,
): AsyncGenerator<string, void> {
  let undecided: string | undefined = '';
  for await (const part of parts) {
    if (part.type === 'end') {
      cost.name = part.model;
      cost.usage = part.usage;
    } else if (undecided === undefined) {
      yield part.text;
    } else {
      undecided += part.text;
      if (mayBeRefusal(undecided)) continue;
      yield undecided.trimStart();
      undecided = undefined;
    }
  }
}

/** Whether what has come so far is, or could still become, nothing but the refusal mark. */
function mayBeRefusal(raw: string): boolean {
  const begun = raw
    .trim()
    .replace(/[."'`*]+$/g, '')
    .replace(/^["'`*]+/, '');
  return NOT_IN_DOCUMENTS.startsWith(begun);
}
