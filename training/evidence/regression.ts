type Features = Record<string, number>;
type Example = { features: Features; right: boolean };

const RIDGE = 1e-3;
const LISTWISE_STEPS = 200;
const LISTWISE_RATE = 3;
const LOGISTIC_STEPS = 4_000;
const LOGISTIC_RATE = 0.5;

/**
 * Weights under which the right candidates of a list get as much of the softmax's mass as can be (a conditional logit):
 * gradient ascent from zero, lists without a right or without a wrong candidate left out.
 */
export function fitListwise(lists: Example[][]): Features {
  const useful = lists.filter((list) => list.some(({ right }) => right) && list.some(({ right }) => !right));
  const names = Object.keys(useful[0]![0]!.features);
  const rows = useful.map((list) =>
    list.map(({ features, right }) => ({ right, x: names.map((name) => features[name]!) })),
  );
  const weights = names.map(() => 0);
  for (let step = 0; step < LISTWISE_STEPS; step += 1) {
    const gradient = names.map(() => 0);
    for (const list of rows) {
      const scores = list.map(({ x }) => Math.exp(dot(weights, x)));
      const all = sum(scores);
      const right = sum(scores.filter((_, place) => list[place]!.right));
      list.forEach((row, place) => {
        const pull = (row.right ? scores[place]! / right : 0) - scores[place]! / all;
        row.x.forEach((value, index) => (gradient[index]! += pull * value));
      });
    }
    weights.forEach(
      (weight, index) =>
        (weights[index] = weight + LISTWISE_RATE * (gradient[index]! / rows.length - RIDGE * weight)),
    );
  }
  return Object.fromEntries(names.map((name, index) => [name, weights[index]!]));
}

/** Logistic regression with a little ridge, by gradient ascent on standardised features, given back on the plain ones. */
export function fitLogistic(examples: Example[]): { bias: number; weights: Features } {
  const names = Object.keys(examples[0]!.features);
  const column = (name: string) => examples.map(({ features }) => features[name]!);
  const centres = names.map((name) => sum(column(name)) / examples.length);
  const spreads = names.map(
    (name, index) =>
      Math.sqrt(sum(column(name).map((value) => (value - centres[index]!) ** 2)) / examples.length) || 1,
  );
  const rows = examples.map(({ features, right }) => ({
    right: Number(right),
    x: names.map((name, index) => (features[name]! - centres[index]!) / spreads[index]!),
  }));
  const weights = names.map(() => 0);
  let bias = 0;
  for (let step = 0; step < LOGISTIC_STEPS; step += 1) {
    const gradient = names.map(() => 0);
    let biasGradient = 0;
    for (const { right, x } of rows) {
      const error = right - 1 / (1 + Math.exp(-(bias + dot(weights, x))));
      biasGradient += error;
      x.forEach((value, index) => (gradient[index]! += error * value));
    }
    bias += (LOGISTIC_RATE * biasGradient) / rows.length;
    weights.forEach(
      (weight, index) =>
        (weights[index] = weight + LOGISTIC_RATE * (gradient[index]! / rows.length - RIDGE * weight)),
    );
  }
  const plain = weights.map((weight, index) => weight / spreads[index]!);
  return {
    bias: bias - sum(plain.map((weight, index) => weight * centres[index]!)),
    weights: Object.fromEntries(names.map((name, index) => [name, plain[index]!])),
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, index) => total + value * b[index]!, 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
