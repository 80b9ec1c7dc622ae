import { z } from 'zod';

/** More than any call can come to. A larger count would be charged for ever, and could not be stored. */
const MOST_TOKENS = 10_000_000;

/** A number of tokens, as a provider counts them. */
export const tokenCount = z.number().int().min(0).max(MOST_TOKENS);
