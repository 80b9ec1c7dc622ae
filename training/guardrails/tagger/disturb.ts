import type { LabelledText } from './labelled-text.ts';
import { englishWords } from './name-lists.ts';
import type { Random } from './random.ts';

/** The same text as people also write it: small or in capitals, without its last mark, with marks set apart. */
export function disturb(labelled: LabelledText, random: Random): LabelledText {
  const way = random.next();
  if (way < 0.2) return recase(labelled, (text) => text.toLowerCase());
  if (way < 0.24) return recase(labelled, (text) => text.toUpperCase());
  if (way < 0.28) return recaseSpans(labelled, (text) => text.toLowerCase());
  if (way < 0.31) return recaseSpans(labelled, (text) => text.toUpperCase());
  if (way < 0.4) return setMarksApart(labelled);
  if (
    way < 0.5 &&
    /[.!?]$/.test(labelled.text) &&
    labelled.spans.every(({ end }) => end < labelled.text.length)
  )
    return { ...labelled, text: labelled.text.slice(0, -1) };
  return way < 0.65 ? changeContext(labelled, random) : labelled;
}

/** Puts other words for some that stand beside a name: what is learnt of names is not only where they stand. */
function changeContext(labelled: LabelledText, random: Random): LabelledText {
  let text = '';
  const { spans } = labelled;
  const moved = spans.map((span) => ({ ...span }));
  for (const { 0: piece, index } of labelled.text.matchAll(/[a-z]{3,}|[^a-z]+|[a-z]+/g)) {
    const isFree = /^[a-z]{3}/.test(piece) && /^[^\p{L}]?$/u.test(labelled.text[index - 1] ?? '') && !spans.some(({ start, end }) => index < end && index + piece.length > start); // prettier-ignore
    spans.forEach(({ start, end }, which) => {
      if (start >= index && start < index + piece.length) moved[which]!.start = text.length + start - index;
      if (end > index && end <= index + piece.length) moved[which]!.end = text.length + end - index;
    });
    text += isFree && random.chance(0.35) ? random.pick(englishWords) : piece;
  }
  return { ...labelled, text, spans: moved };
}

function recase(labelled: LabelledText, change: (text: string) => string): LabelledText {
  const text = change(labelled.text);
  return text.length === labelled.text.length ? { ...labelled, text } : labelled;
}

function recaseSpans(labelled: LabelledText, change: (text: string) => string): LabelledText {
  let { text } = labelled;
  for (const { start, end } of labelled.spans) text = text.slice(0, start) + change(text.slice(start, end)) + text.slice(end); // prettier-ignore
  return text.length === labelled.text.length ? { ...labelled, text } : labelled;
}

/** As in `Hello , Ann !`: corpora of posts are written so. */
function setMarksApart({ text, spans, weight }: LabelledText): LabelledText {
  let apart = '';
  const places = new Int32Array(text.length + 1);
  for (let at = 0; at < text.length; at++) {
    const isMark = /[,.!?:;()"]/.test(text[at]!);
    if (isMark && /[^\s]/.test(text[at - 1] ?? ' ') && /[\s]|$/.test(text[at + 1] ?? ' ')) apart += ' ';
    places[at] = apart.length;
    apart += text[at]!;
  }
  places[text.length] = apart.length;
  return { text: apart, spans: spans.map((span) => ({ ...span, start: places[span.start]!, end: places[span.end - 1]! + 1 })), weight }; // prettier-ignore
}
