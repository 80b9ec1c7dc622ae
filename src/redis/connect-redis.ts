import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type RedisClientType } from 'redis';
import { AppError } from '../errors/app-error.ts';
import type { Logger } from '../observability/logger.ts';
import type { Prepared } from '../secrets/rotation.ts';
import { inTime, STORE_PATIENCE_MS } from './in-time.ts';

/** Redis for as long as this process runs, however often it goes away meanwhile. */
export type Redis = {
  /**
   * Sends one command; its reply comes within `STORE_PATIENCE_MS`. Once a command has failed, all others fail at once,
   * until Redis has taken a write again: a Redis that hangs is waited for once, and not by each command.
   */
  send(command: string[]): Promise<unknown>;
  isAway(): boolean;
  /**
   * Tries another URL of the same Redis, with a new password perhaps.
   *
   * @throws AppError `unavailable` where it does not open
   */
  prepare(url: string): Promise<Prepared>;
  close(): void;
};

export type RedisOptions = {
  /** Whether to begin without it, and go on looking for it. */
  mayBeAway: boolean;
  logger: Logger;
};

const CONNECT_TIMEOUT_MS = 5_000;
const RETRY_MS = 1_000;
/** A write: a Redis that is full, or a replica, answers pings and can count nothing. */
const PROBE = ['SET', 'sallyport:probe', '', 'PX', '1000'];

/**
 * Connects to the Redis at `url`, and connects again whenever it was lost.
 *
 * @throws AppError `unavailable` when it cannot be reached and must not be away
 */
export async function connectRedis(firstUrl: string, { mayBeAway, logger }: RedisOptions): Promise<Redis> {
  let url = firstUrl;
  let client: RedisClientType | undefined;
  let closed = false;

  const isAway = () => client === undefined;
  const lose = (lost: RedisClientType, error: unknown) => {
    if (client !== lost) return;
    client = undefined;
    destroy(lost);
    logger.warn('redis is away', { error });
    void comeBack();
  };
  const comeBack = async () => {
    while (isAway() && !closed) {
      await sleep(RETRY_MS, undefined, { ref: false });
      const found = await openClient(url, lose).catch(() => undefined);
      // A rotation may have been quicker.
      if (isAway()) client = found;
      else if (found) destroy(found);
    }
    if (closed) close();
    else logger.info('redis is back');
  };
  const close = () => {
    closed = true;
    const last = client;
    client = undefined;
    if (last) destroy(last);
  };

  try {
    client = await openClient(url, lose);
  } catch (cause) {
    if (!mayBeAway) throw unavailable(cause);
    logger.warn('redis is away', { error: cause });
    void comeBack();
  }
  return {
    send: async (command) => {
      const asked = client;
      if (!asked) throw new Error('redis is away');
      try {
        return await inTime(asked.sendCommand(command), STORE_PATIENCE_MS);
      } catch (error) {
        if (!isMissingScript(error)) lose(asked, error);
        throw error;
      }
    },
    isAway,
    prepare: async (nextUrl) => {
      const next = await openClient(nextUrl, lose).catch((cause: unknown) => {
        throw unavailable(cause);
      });
      return {
        commit: () => {
          // What was sent by the old connection is still answered there.
          client?.close().catch(() => undefined);
          client = next;
          url = nextUrl;
        },
        abandon: () => destroy(next),
      };
    },
    close,
  };
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Redis cannot be reached right now.', { cause });
}

/** Redis forgets scripts when it starts anew: whoever asked for one by its hash sends it again. */
export function isMissingScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

async function openClient(
  url: string,
  onError: (client: RedisClientType, error: unknown) => void,
): Promise<RedisClientType> {
  const client: RedisClientType = createClient({
    url,
    disableOfflineQueue: true,
    // `send` has a patience of its own; the client's makes an abort signal for each command.
    commandOptions: { timeout: 0 },
    // Not the client's own reconnecting: it would wait for ever on a connection that was accepted and says nothing.
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
  });
  client.on('error', (error: unknown) => onError(client, error));
  try {
    await inTime(
      client.connect().then(() => client.sendCommand(PROBE)),
      CONNECT_TIMEOUT_MS,
    );
    return client;
  } catch (error) {
    destroy(client);
    throw error;
  }
}

function destroy(client: RedisClientType): void {
  if (client.isOpen) client.destroy();
}
