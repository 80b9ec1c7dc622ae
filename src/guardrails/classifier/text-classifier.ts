import { logistic } from '../../evidence/weigh-evidence.ts';
import type { GuardedText } from '../text/guarded-text.ts';
import { readClassifierModel, type ClassifierModel } from './classifier-model.ts';
import { collectFeatures, namedBucket } from './text-features.ts';
import { textWindows, type Mark, type TextWindow } from './text-windows.ts';

/** Says how likely each label is to hold for a text; labels do not exclude each other. */
export type TextClassifier = {
  readonly labels: readonly string[];
  /** A probability (0..1) for each label: that of the strongest of the text's windows. `marks` are what the caller's lists found. */
  readonly classify: (text: GuardedText, marks?: readonly Mark[], closeLook?: CloseLook) => Float64Array;
};

/** Windows in which a label is at least `from` likely are judged by the sentence too, each of at most `mostWords`. */
export type CloseLook = {
  /** A shorter window thins out little, and is not worth the time. */
  leastWords: number;
  mostWords: number;
  from: number;
  /** Taken off the logarithm of a sentence's odds: there are many, and one of them easily looks harmful by chance. */
  discount: number;
};

export type ClassifierName = 'content' | 'injection';

const loaded = new Map<ClassifierName, TextClassifier>();

/**
 * The classifier of `models/guardrails`, read once in a process.
 *
 * @throws SettingsError as `readClassifierModel` does
 */
export function loadTextClassifier(name: ClassifierName): TextClassifier {
  const known = loaded.get(name);
  if (known) return known;
  const classifier = createTextClassifier(readClassifierModel(name));
  loaded.set(name, classifier);
  return classifier;
}

/** Makes the classifier of a model. */
export function createTextClassifier(model: ClassifierModel): TextClassifier {
  const { labels, calibration } = model;
  return {
    labels,
    classify: (text, marks = [], closeLook) => {
      const strongest = new Float64Array(labels.length).fill(-Infinity);
      const judge = (window: TextWindow, discount: number): number => {
        const odds = windowLogits(model, window).map(
          (logit, label) => calibration[2 * label]! * logit + calibration[2 * label + 1]! - discount,
        );
        odds.forEach((some, label) => (strongest[label] = Math.max(strongest[label]!, some)));
        return Math.max(...odds);
      };
      for (const window of textWindows(text, marks)) {
        const most = judge(window, 0);
        if (!closeLook || window.to - window.from < closeLook.leastWords || logistic(most) < closeLook.from)
          continue;
        for (const sentence of window.sentences(closeLook.mostWords)) judge(sentence, closeLook.discount);
      }
      return strongest.map(logistic);
    },
  };
}

/** How much a feature of its kind weighs where there are `count` of them. */
export function featureValue(count: number): number {
  return count === 0 ? 0 : 4 / Math.sqrt(count);
}

function windowLogits(model: ClassifierModel, window: TextWindow): Float64Array {
  const { hidden, inner, outer, sparseScales, labels } = model;
  const { buckets, words, count } = collectFeatures(window.words, window.from, window.to);
  const ofWords = summed(model, buckets, 0, words);
  const ofChars = summed(model, buckets, words, count);
  const ofMarks = summed(model, window.marks.map(namedBucket), 0, window.marks.length);
  const units = hiddenUnits(inner, hidden, window.embedding);
  const logits = new Float64Array(labels.length);
  for (let label = 0; label < labels.length; label++) {
    let logit =
      sparseScales[label]! *
      (featureValue(words) * ofWords[label]! +
        featureValue(count - words) * ofChars[label]! +
        ofMarks[label]!);
    const row = label * (hidden + 1);
    logit += outer[row]!;
    for (let unit = 0; unit < hidden; unit++) logit += outer[row + 1 + unit]! * units[unit]!;
    logits[label] = logit;
  }
  return logits;
}

/** What the hidden layer makes of an embedding: tanh units. */
export function hiddenUnits(inner: Float32Array, hidden: number, embedding: Float32Array): Float64Array {
  const units = new Float64Array(hidden);
  const width = embedding.length + 1;
  for (let unit = 0; unit < hidden; unit++) {
    const row = unit * width;
    let sum = inner[row]!;
    for (let place = 0; place < embedding.length; place++) sum += inner[row + 1 + place]! * embedding[place]!;
    units[unit] = Math.tanh(sum);
  }
  return units;
}

function summed(
  { sparse, labels }: ClassifierModel,
  buckets: ArrayLike<number>,
  from: number,
  to: number,
): Int32Array {
  const sums = new Int32Array(labels.length);
  for (let at = from; at < to; at++) {
    const row = buckets[at]! * labels.length;
    for (let label = 0; label < labels.length; label++) sums[label]! += sparse[row + label]!;
  }
  return sums;
}
