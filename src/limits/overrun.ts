import { estimateTokens } from '../llms/estimate-tokens.ts';

/** The estimate of no language is this many times what the tokenizers make of it. */
const SURELY = 3;
/** How much a text grows between two looks at all of it. */
const GROWTH = 1.1;

/**
 * Whether a streamed text, given as it grows, is longer than `mostTokens`, which its provider was told to keep to. Providers
 * send a piece for each token or for several; a proxy may cut them smaller, so more pieces than that alone prove nothing.
 */
export function createOverrunCheck(mostTokens: number): (text: string, pieces: number) => boolean {
  let seen = 0;
  return (text, pieces) => {
    if (pieces !== mostTokens + 1 && text.length < Math.max(mostTokens, seen * GROWTH)) return false;
    seen = text.length;
    const tokens = estimateTokens(text);
    return tokens > SURELY * mostTokens || (pieces > mostTokens && tokens > mostTokens);
  };
}
