import { sentences } from '../../language/sentences.ts';
import type { Span } from '../../language/span.ts';
import { loadTextClassifier } from '../classifier/text-classifier.ts';
import { guardText, type GuardedText } from '../text/guarded-text.ts';
import type { Direction, InjectionVerdict } from '../verdict.ts';
import { decodeText } from './decode-text.ts';
import { findInjectionHits, injectionMarks } from './injection-marks.ts';
import type { InjectionKind } from './injection-rule.ts';
import type { RuleHit } from './injection-rules.ts';

export type InjectionDetector = {
  /**
   * Whether a text tries to take a model over: as a question, or, in the direction `document`, as text that holds
   * instructions for whoever's model reads it. `score` is a probability; spans are offsets into the original text.
   */
  check(text: GuardedText, direction: Direction): InjectionVerdict;
};

/** One label of the classifier for what users say, one for what documents say. */
export type InjectionLabel = 'direct' | 'indirect';
export const INJECTION_LABELS: readonly InjectionLabel[] = ['direct', 'indirect'];

const THRESHOLDS: Record<Direction, number> = { input: 0.5, output: 0.5, document: 0.6 };
/** What was encoded to pass unread counts for more than the same words in the open. */
const ENCODED_FACTOR = 0.5;
const DECODED_DEPTH = 2;
/** One or two words that are on no list are something that is looked for, not an order. */
const FEWEST_WORDS = 3;
const UNSURE = 0.2;
const FOREIGN_SCORE = 0.8;
const FOREIGN_LETTER = /[^\p{Script=Latin}\p{P}\p{N}\p{S}\s]/u;
const MOST_SPANS = 20;
const MOST_SENTENCES = 200;

/** The detector of injections: phrases of known attacks, weighed by a classifier, also in what a text says encoded. */
export function createInjectionDetector({ threshold }: { threshold?: number } = {}): InjectionDetector {
  return {
    check(text, direction) {
      const least = threshold ?? THRESHOLDS[direction];
      const verdict = judge(text, [direction === 'input' ? 'direct' : 'indirect'], least, DECODED_DEPTH);
      const detected = verdict.score >= least;
      return { ...verdict, detected, ...(!detected && { kind: null, spans: [] }) };
    },
  };
}

function judge(
  text: GuardedText,
  labels: readonly InjectionLabel[],
  threshold: number,
  depth: number,
): Omit<InjectionVerdict, 'detected'> {
  const hits = findInjectionHits(text);
  const likely = classify(text, labels, hits);
  const score = text.tokens.count < FEWEST_WORDS && hits.length === 0 ? Math.min(likely, UNSURE) : likely;
  const decoded = depth === 0 ? undefined : strongestDecoded(text, threshold, depth);
  if (decoded && decoded.score > score) return decoded;
  if (score < threshold) return { score, kind: null, spans: [] };
  return { score, kind: kindOf(hits, labels), spans: spansOf(text, labels, hits) };
}

/** The probability of the likeliest of these labels. */
function classify(text: GuardedText, labels: readonly InjectionLabel[], hits: readonly RuleHit[]): number {
  const classifier = loadTextClassifier('injection');
  const probabilities = classifier.classify(text, injectionMarks(hits));
  const isSure = labels.includes('direct') && hits.some((hit) => isForeignOrder(text, hit));
  return Math.max(
    isSure ? FOREIGN_SCORE : 0,
    ...labels.map((label) => probabilities[classifier.labels.indexOf(label)]!),
  );
}

/** The classifier has learned from few texts in other scripts, and the phrases themselves are seldom harmless. */
function isForeignOrder({ text }: GuardedText, { name, start, end }: RuleHit): boolean {
  return (
    name.startsWith('foreign') && name !== 'foreign_persona' && FOREIGN_LETTER.test(text.slice(start, end))
  );
}

function strongestDecoded(
  text: GuardedText,
  threshold: number,
  depth: number,
): Omit<InjectionVerdict, 'detected'> | undefined {
  return decodeText(text)
    .map(({ text: said, span, isInvisible }) => {
      const { score } = judge(guardText(said), INJECTION_LABELS, threshold, depth - 1);
      return {
        score: score ** ENCODED_FACTOR,
        kind: isInvisible ? 'hidden_text' : 'encoding',
        spans: [span],
      };
    })
    .sort((one, other) => other.score - one.score)[0];
}

/** The kind that most rules speak for; a text that no rule knows is an order all the same. */
function kindOf(hits: readonly RuleHit[], labels: readonly InjectionLabel[]): InjectionKind {
  const names = new Map(hits.map(({ name, kind }) => [name, kind]));
  const votes = new Map<InjectionKind, number>();
  for (const kind of names.values()) votes.set(kind, (votes.get(kind) ?? 0) + 1);
  const [first] = [...votes].sort(([, one], [, other]) => other - one);
  return first?.[0] ?? (labels.includes('direct') ? 'override' : 'instruction');
}

function spansOf(text: GuardedText, labels: readonly InjectionLabel[], hits: readonly RuleHit[]): Span[] {
  const found = hits.length > 0 ? joined(hits) : [strongestSentence(text, labels)];
  return found.slice(0, MOST_SPANS).map(({ start, end }) => text.toOriginal(start, end));
}

function joined(hits: readonly RuleHit[]): Span[] {
  const spans: Span[] = [];
  for (const { start, end } of hits.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last && start <= last.end + 1) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  return spans;
}

function strongestSentence({ text }: GuardedText, labels: readonly InjectionLabel[]): Span {
  const [first, ...rest] = sentences(text)
    .slice(0, MOST_SENTENCES)
    .map(({ start, end }) => ({ start, end, score: classify(guardText(text.slice(start, end)), labels, []) }))
    .sort((one, other) => other.score - one.score);
  return first && rest.length > 0 ? { start: first.start, end: first.end } : { start: 0, end: text.length };
}
