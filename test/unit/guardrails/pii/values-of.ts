import { PiiDetector } from '../../../../src/guardrails/pii/pii-detector.ts';
import type { PiiType } from '../../../../src/guardrails/verdict.ts';

const detector = new PiiDetector();

/** The values of one type that are found in a text, as it was written. */
export function valuesOf(type: PiiType, text: string): string[] {
  return detector
    .scan(text)
    .entities.filter((entity) => entity.type === type)
    .map(({ value }) => value);
}
