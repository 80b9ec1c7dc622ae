import { NOT_IN_DOCUMENTS, type AnswerPart } from '../llms/answer-model.ts';

/** White space and quotation marks around the refusal mark: more of them is no refusal, and would be read again with every piece. */
const LONGEST_UNDECIDED = 1_000;

/**
 * The text that a model writes, from where it is certain that it is more than the refusal mark: of a refusal there is
 * none. Who wrote it is told to `onEnd`.
 */
export async function* answerText(
  parts: AsyncIterable<AnswerPart>,
  onEnd: (model: string) => void,
): AsyncGenerator<string, void> {
  let undecided: string | undefined = '';
  for await (const part of parts) {
    if (part.type === 'end') onEnd(part.model);
    else if (undecided === undefined) {
      yield part.text;
    } else {
      undecided += part.text;
      if (undecided.length <= LONGEST_UNDECIDED && mayBeRefusal(undecided)) continue;
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
