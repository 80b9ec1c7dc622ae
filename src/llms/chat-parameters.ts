import { refusedRequest } from '../openai/openai-failure.ts';

/** Parameters that not every server or model takes: renamed where another name may do, else left out. */
const TRIED_OTHERWISE: Readonly<Record<string, string | undefined>> = {
  temperature: undefined,
  stream_options: undefined,
  max_completion_tokens: 'max_tokens',
  max_tokens: 'max_completion_tokens',
};
/** How servers say that a parameter as such is the matter, not its value: without its bound an answer could cost anything. */
const NOT_TAKEN =
  /unsupported|not (?:supported|permitted|allowed|recogni[sz]ed)|unrecogni[sz]ed|unknown|unexpected|extra|forbidden|instead|does not support|additional propert/i;

export type Parameters = Record<string, unknown>;

/** What a provider was found not to take: by name, what it takes instead, if anything. */
export type Refused = ReadonlyMap<string, string | undefined>;

/** The same parameters as a provider takes them. */
export function accepted(parameters: Parameters, refused: Refused): Parameters {
  const named = Object.entries(parameters).map(([name, value]) => [
    refused.has(name) ? refused.get(name) : name,
    value,
  ]);
  return Object.fromEntries(named.filter(([name]) => name !== undefined)) as Parameters;
}

/**
 * What to do otherwise after a failure: what was known, and the parameter that it names. Undefined where it names none, or one that was
 * tried both ways already.
 */
export function learnedFrom(error: unknown, sent: Parameters, refused: Refused): Refused | undefined {
  const refusal = refusedRequest(error);
  if (!refusal) return undefined;
  const { param, text } = refusal;
  const candidates = Object.keys(sent).filter((name) => name in TRIED_OTHERWISE);
  const named =
    candidates.find((name) => param?.split(/[.[]/)[0] === name) ??
    candidates.find((name) => new RegExp(`\\b${name}\\b`).test(text));
  if (named === undefined || !NOT_TAKEN.test(text)) return undefined;
  // It has come to this name by being renamed: neither is taken, and without a bound nothing is asked.
  if ([...refused.values()].includes(named)) return undefined;
  return new Map([...refused, [named, TRIED_OTHERWISE[named]]]);
}
