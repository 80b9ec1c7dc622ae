import { z } from 'zod';
import { AppError } from '../errors/app-error.ts';

/** Fetches an issuer's key set, and goes on with the last good one for a while when the issuer is away. */
export type IssuerFetch = {
  /** @throws AppError `unavailable` */
  fetchKeys: (url: string, options: RequestInit) => Promise<Response>;
  /** Whether the last attempt failed, so that the keys at hand may not be all there are. */
  isAway: () => boolean;
  unavailable: () => AppError;
};

const LARGEST_BYTES = 262_144;
const PAUSE_SECONDS = 5;
const keySetSchema = z.object({ keys: z.array(z.looseObject({})) });

/** `keepMs`: how long after they were fetched the last good keys may stand in. */
export function createIssuerFetch(keepMs: number): IssuerFetch {
  let kept: { body: string; fetchedAtMs: number } | undefined;
  let failure: { cause: unknown; atMs: number } | undefined;

  const unavailable = () =>
    new AppError('unavailable', 'The keys that tokens are verified with cannot be fetched.', {
      retryAfterSeconds: PAUSE_SECONDS,
      cause: failure?.cause,
    });
  const attempt = async (url: string, options: RequestInit) => {
    // However many tokens come in, an issuer in trouble is left in peace for a while.
    if (failure && Date.now() < failure.atMs + PAUSE_SECONDS * 1000) return;
    try {
      kept = { body: await readKeySet(url, options), fetchedAtMs: Date.now() };
      failure = undefined;
    } catch (cause) {
      failure = { cause, atMs: Date.now() };
    }
  };
  return {
    fetchKeys: async (url, options) => {
      await attempt(url, options);
      if (!kept || (failure && Date.now() > kept.fetchedAtMs + keepMs)) throw unavailable();
      return new Response(kept.body);
    },
    isAway: () => failure !== undefined,
    unavailable,
  };
}

async function readKeySet(url: string, options: RequestInit): Promise<string> {
  const response = await fetch(url, { ...options, redirect: 'error' });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the issuer answered with status ${response.status}`);
  }
  const body = await readBounded(response);
  keySetSchema.parse(JSON.parse(body));
  return body;
}

async function readBounded({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by the error closes the connection.
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > LARGEST_BYTES) throw new Error(`the issuer's key set is larger than ${LARGEST_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
