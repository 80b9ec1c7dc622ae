import { CITATION_MARK, NOT_IN_DOCUMENTS, type AnswerPart } from '../llms/answer-model.ts';

/** The mark as models write it: also escaped for Markdown, or in words, with the quotes or stars that they put around it. */
const REFUSAL_MARK = /["'`*]{0,4}NOT\\?[_ -]IN\\?[_ -]DOCUMENTS["'`*]{0,4}\.?/g;
/** Quotes, stars and white space in which the mark may still come. */
const DECORATION = /^[\s"'`*]*$/;
/** More of them is no refusal, and would be read again with every piece. */
const MAX_DECORATION = 1_000;

/**
 * The text that a model writes, without the refusal mark. Where the mark comes before anything is cited, the whole is a
 * refusal, and nothing comes of what follows. The rest of a cited answer stands.
 */
export async function* answerText(
  parts: AsyncIterable<AnswerPart>,
  { onEnd, onRefusal }: { onEnd: (end: AnswerPart & { type: 'end' }) => void; onRefusal: () => void },
): AsyncGenerator<string, void> {
  let given = '';
  let open = '';
  let isCited = false;
  let isRefusal = false as boolean;
  const settle = (isLast: boolean): string => {
    const found = open.search(REFUSAL_MARK);
    if (found >= 0) {
      isCited ||= (given + open.slice(0, found)).search(CITATION_MARK) >= 0;
      isRefusal = !isCited;
    }
    if (isRefusal) {
      onRefusal();
      return '';
    }
    open = open.replace(REFUSAL_MARK, '');
    const cut = isLast ? open.length : settledLength(open);
    const ready = open.slice(0, cut);
    if (given === '' && !isLast && ready.length <= MAX_DECORATION && DECORATION.test(ready)) return '';
    open = open.slice(cut);
    return given === '' ? ready.trimStart() : ready;
  };
  for await (const part of parts) {
    if (part.type === 'end') onEnd(part);
    else if (part.type === 'text' && !isRefusal) {
      open += part.text;
      const text = settle(false);
      given += text;
      if (text !== '') yield text;
    }
  }
  const rest = isRefusal ? '' : settle(true);
  if (rest !== '') yield rest;
}

/** How much of a text cannot be the beginning of the mark any more. */
function settledLength(text: string): number {
  for (let from = Math.max(0, text.length - NOT_IN_DOCUMENTS.length - 1); from < text.length; from += 1) {
    const tail = text.slice(from).replaceAll('\\', '').replace(/[ -]/g, '_');
    if (tail !== '' && NOT_IN_DOCUMENTS.startsWith(tail)) return from;
  }
  return text.length;
}
