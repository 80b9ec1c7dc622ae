import type { Span } from '../language/span.ts';

/** The kinds of personal data, as the contract names them. */
export const PII_TYPES = [
  'PERSON',
  'EMAIL',
  'PHONE',
  'SSN',
  'CREDIT_CARD',
  'IP_ADDRESS',
  'DATE_OF_BIRTH',
  'PASSPORT',
  'DRIVER_LICENSE',
  'BANK_ACCOUNT',
  'ADDRESS',
] as const;
export type PiiType = (typeof PII_TYPES)[number];

/** Personal data in a text: `value` is the text as sent from `start` to `end` (UTF-16 code units); `score` a probability, 0..1. */
export type PiiEntity = Span & { type: PiiType; value: string; score: number };

export const CONTENT_CATEGORIES = ['violence', 'hate', 'self_harm', 'sexual', 'profanity'] as const;
export type ContentCategory = (typeof CONTENT_CATEGORIES)[number];
/** A calibrated probability for each category, 0..1. */
export type ContentScores = Record<ContentCategory, number>;

export type TopicVerdict = { allowed: boolean; score: number; topic: string | null };

/** `kind` says how it was tried (`override`, `role_play`, `prompt_extraction`, `encoding`, `hidden_text` and others). */
export type InjectionVerdict = { detected: boolean; score: number; kind: string | null; spans: Span[] };

/** How many values of a type were taken out of what the caller sent, or of what goes back. */
export type Redaction = { type: PiiType; count: number; where: 'input' | 'output' };

/**
 * What the guardrails did with one question and its answer. `flags` name what was let through with a mark, or left out:
 * `prompt_injection`, `suspicious_passage`.
 */
export type GuardrailReport = { redactions: Redaction[]; flags: string[] };

/** Which way a text goes: a question, an answer, or a document on its way to the index or out of it. */
export const DIRECTIONS = ['input', 'output', 'document'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What may be done with personal data, and with an injection. */
export const PII_ACTIONS = ['mask', 'redact', 'block', 'off'] as const;
export const INJECTION_ACTIONS = ['block', 'flag', 'off'] as const;
