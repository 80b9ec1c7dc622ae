import { logistic } from '../../../src/evidence/weigh-evidence.ts';

/**
 * Platt's scaling (1999) with his smoothed targets: the slope and offset that make `logit` the logarithm of the odds,
 * by Newton's method.
 */
export function fitPlatt(rows: readonly { logit: number; right: 0 | 1; weight: number }[]): [number, number] {
  const positives = rows.filter(({ right }) => right).length;
  const negatives = rows.length - positives;
  const targets = [1 / (negatives + 2), (positives + 1) / (positives + 2)];
  let [slope, offset] = [1, 0];
  for (let step = 0; step < 100; step++) {
    let [gradientA, gradientB, aa, ab, bb] = [0, 0, 1e-6, 0, 1e-6];
    for (const { logit, right, weight } of rows) {
      const p = logistic(slope * logit + offset);
      const error = weight * (targets[right]! - p);
      const curve = weight * p * (1 - p);
      gradientA += error * logit;
      gradientB += error;
      aa += curve * logit * logit;
      ab += curve * logit;
      bb += curve;
    }
    const determinant = aa * bb - ab * ab;
    const stepA = (bb * gradientA - ab * gradientB) / determinant;
    const stepB = (aa * gradientB - ab * gradientA) / determinant;
    // Newton's step may be far too long where the classes are nearly apart.
    const shrink = Math.min(1, 2 / Math.hypot(stepA, stepB));
    slope = Math.max(0.05, slope + shrink * stepA);
    offset += shrink * stepB;
    if (Math.hypot(stepA, stepB) < 1e-6) break;
  }
  return [slope, offset];
}
