import type { Span } from '../../../src/language/span.ts';

/** A text whose names and addresses are known; `weight` says how much it counts. */
export type LabelledText = { text: string; spans: (Span & { type: 'PERSON' | 'ADDRESS' })[]; weight: number };
