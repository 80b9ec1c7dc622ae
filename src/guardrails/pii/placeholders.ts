import type { PiiType } from '../verdict.ts';

/** What stands for a value that was taken out: its type, but for telephone numbers. */
const NAMES: Partial<Record<PiiType, string>> = { PHONE: 'PHONE_NUMBER' };

/** `EMAIL`, `PHONE_NUMBER`: a placeholder's name without its brackets and number. */
export function placeholderName(type: PiiType): string {
  return NAMES[type] ?? type;
}

/** For good: `[EMAIL]`. */
export function redacted(type: PiiType): string {
  return `[${placeholderName(type)}]`;
}

/** To be put back: `[EMAIL_1]`. */
export function masked(type: PiiType, number: number): string {
  return `[${placeholderName(type)}_${number}]`;
}

/** Every masked placeholder, and what looks like one. */
export const MASKED = /\[[A-Z]{1,16}(?:_[A-Z]{1,16}){0,2}_\d{1,6}\]/g;
