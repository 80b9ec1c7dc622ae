import { BUCKETS } from '../../../src/guardrails/classifier/text-features.ts';
import { featureValue, hiddenUnits } from '../../../src/guardrails/classifier/text-classifier.ts';
import { logistic } from '../../../src/evidence/weigh-evidence.ts';
import { seededRandom } from '../../../bench/random.ts';
import { meanOf, type Network } from './network.ts';
import type { Prepared, PreparedWindow } from './prepare-examples.ts';

export type FitOptions = {
  epochs: number;
  /** Units that read the embedding. */
  hidden: number;
  rate: number;
  /** Pulls the weights of hashed features to zero, each time they are used. */
  decay: number;
  /** How often a hashed feature is left out, so that a text is not known by one of its words. */
  dropout: number;
  /** How often all hashed features are. */
  sparseDropout: number;
  /** Targets are this far from 0 and 1. */
  smoothing: number;
  seed: number;
  /** How many networks, which differ by their seeds, the mean is taken of. */
  members: number;
};

const DEFAULTS: FitOptions = {
  epochs: 8,
  hidden: 24,
  rate: 0.05,
  decay: 1e-4,
  dropout: 0.3,
  sparseDropout: 0,
  smoothing: 0.02,
  seed: 1,
  members: 1,
};
const DENSE_RATE = 0.3;
/** What is as good as right is not learned from. */
const LEAST_ERROR = 1e-3;

/**
 * Logistic regression on hashed features beside a small network on the embedding, learned together; the strongest window
 * learns. The mean of several that differ by their seeds, which is one network again.
 */
export function fitNetwork(
  examples: readonly Prepared[],
  labels: number,
  some: Partial<FitOptions>,
): Network {
  const options = { ...DEFAULTS, ...some };
  const members = Array.from({ length: options.members }, (_, member) =>
    fitMember(examples, labels, { ...options, seed: options.seed + member }),
  );
  return members.length === 1 ? members[0]! : meanOf(members);
}

function fitMember(examples: readonly Prepared[], labels: number, options: FitOptions): Network {
  const { hidden } = options;
  const source = seededRandom(options.seed);
  const random = () => source.next();
  const width = (examples[0]?.windows[0]?.embedding.length ?? 0) + 1;
  const network: Network = {
    labels,
    hidden,
    sparse: new Float32Array(BUCKETS * labels),
    inner: Float32Array.from({ length: hidden * width }, () => (random() - 0.5) * 2),
    outer: Float32Array.from({ length: labels * (hidden + 1) }, (_, at) =>
      at % (hidden + 1) === 0 ? -2 : (random() - 0.5) * 0.2,
    ),
  };
  const squares = {
    sparse: new Float32Array(network.sparse.length).fill(1e-4),
    inner: new Float32Array(network.inner.length).fill(1),
    outer: new Float32Array(network.outer.length).fill(1),
  };
  const order = examples.map((_, at) => at);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random);
    for (const at of order) learn(network, squares, examples[at]!, options, random);
  }
  return network;
}

/** The strongest window's logit for each label. */
export function logitsOf(network: Network, { windows }: Prepared): Float64Array {
  const all = windows.map((window) =>
    windowLogits(network, window, hiddenUnits(network.inner, network.hidden, window.embedding)),
  );
  return all.reduce((strongest, logits) => strongest.map((logit, label) => Math.max(logit, logits[label]!)));
}

function windowLogits(network: Network, window: PreparedWindow, units: Float64Array): Float64Array {
  const { labels, hidden, sparse, outer } = network;
  const logits = new Float64Array(labels);
  const add = (buckets: Iterable<number>, value: number) => {
    for (const bucket of buckets)
      for (let label = 0; label < labels; label++) logits[label]! += value * sparse[bucket * labels + label]!;
  };
  add(window.ofWords, featureValue(window.words));
  add(window.ofChars, featureValue(window.chars));
  add(window.ofMarks, 1);
  for (let label = 0; label < labels; label++) {
    const row = label * (hidden + 1);
    logits[label]! += outer[row]!;
    for (let unit = 0; unit < hidden; unit++) logits[label]! += outer[row + 1 + unit]! * units[unit]!;
  }
  return logits;
}

/** AdaGrad's (Duchi et al. 2011) sums of squares. */
type Squares = Pick<Network, 'sparse' | 'inner' | 'outer'>;

function learn(
  network: Network,
  squares: Squares,
  example: Prepared,
  options: FitOptions,
  random: () => number,
): void {
  const windows = example.windows.map((window) => thinned(window, options, random));
  const units = windows.map(({ embedding }) => hiddenUnits(network.inner, network.hidden, embedding));
  const logits = windows.map((window, at) => windowLogits(network, window, units[at]!));
  const errors = windows.map(() => new Float64Array(network.labels));
  for (let label = 0; label < network.labels; label++) {
    const target = example.targets[label];
    if (target === null || target === undefined) continue;
    let strongest = 0;
    logits.forEach((some, at) => {
      if (some[label]! > logits[strongest]![label]!) strongest = at;
    });
    const smooth = target ? 1 - options.smoothing : options.smoothing;
    errors[strongest]![label] = example.weight * (logistic(logits[strongest]![label]!) - smooth);
  }
  windows.forEach((window, at) => {
    if (errors[at]!.some((error) => error !== 0))
      step(network, squares, window, units[at]!, errors[at]!, options);
  });
}

function step(
  network: Network,
  squares: Squares,
  window: PreparedWindow,
  units: Float64Array,
  errors: Float64Array,
  { rate, decay }: FitOptions,
): void {
  const { labels, hidden, sparse, inner, outer } = network;
  const back = new Float64Array(hidden);
  errors.forEach((error, label) => {
    if (Math.abs(error) < LEAST_ERROR) return;
    const moveAll = (buckets: Iterable<number>, value: number) => {
      for (const bucket of buckets) {
        const at = bucket * labels + label;
        descend(sparse, squares.sparse, at, error * value + decay * sparse[at]!, rate);
      }
    };
    moveAll(window.ofWords, featureValue(window.words));
    moveAll(window.ofChars, featureValue(window.chars));
    moveAll(window.ofMarks, 1);
    const row = label * (hidden + 1);
    descend(outer, squares.outer, row, error, DENSE_RATE);
    units.forEach((value, unit) => {
      back[unit]! += error * outer[row + 1 + unit]! * (1 - value * value);
      descend(outer, squares.outer, row + 1 + unit, error * value, DENSE_RATE);
    });
  });
  const width = window.embedding.length + 1;
  back.forEach((gradient, unit) => {
    descend(inner, squares.inner, unit * width, gradient, DENSE_RATE);
    for (let place = 1; place < width; place++)
      descend(
        inner,
        squares.inner,
        unit * width + place,
        gradient * window.embedding[place - 1]!,
        DENSE_RATE,
      );
  });
}

/** One step of AdaGrad: `sums` holds the squares of all gradients so far. */
function descend(
  weights: Float32Array,
  sums: Float32Array,
  at: number,
  gradient: number,
  rate: number,
): void {
  sums[at]! += gradient * gradient;
  weights[at]! -= (rate * gradient) / Math.sqrt(sums[at]!);
}

/** All hashed features are sometimes left out too, or the embedding would learn little beside them. */
function thinned(
  window: PreparedWindow,
  { dropout, sparseDropout }: FitOptions,
  random: () => number,
): PreparedWindow {
  const isDense = random() < sparseDropout;
  const keep = (buckets: Int32Array) => buckets.filter(() => !isDense && random() >= dropout);
  return { ...window, ofWords: keep(window.ofWords), ofChars: keep(window.ofChars) };
}

function shuffle(order: number[], random: () => number): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
}
