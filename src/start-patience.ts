import { setTimeout as sleep } from 'node:timers/promises';
import { SettingsError } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import { AppError } from './errors/app-error.ts';
import type { Logger } from './observability/logger.ts';

/** What a start cannot do without, and the setting that says where it is. */
const STORES = { DATABASE_URL: 'Postgres', REDIS_URL: 'Redis' } as const;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** SQLSTATE: invalid authorization, no such database. */
const POSTGRES_REFUSES = /^(28[0-9A-Z]{3}|3D000)$/;
/** The first word of what it says. */
const REDIS_REFUSES = /^(WRONGPASS|NOAUTH|NOPERM) /;

export type Patience = Pick<Settings, 'START_TIMEOUT_SECONDS'>;

/**
 * Opens a store, and tries again, ever less often, while it cannot be reached.
 *
 * @throws SettingsError at once, where it can be reached and refuses; at the end, whatever `open` threw
 */
export async function openPatiently<Store>(
  setting: keyof typeof STORES,
  open: () => Promise<Store>,
  { START_TIMEOUT_SECONDS }: Patience,
  logger: Logger,
): Promise<Store> {
  const store = STORES[setting];
  const deadline = performance.now() + START_TIMEOUT_SECONDS * 1_000;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
      if (isRefusal(error.cause))
        throw new SettingsError(`${setting}: ${store} refuses its user, password or database.`);
      if (performance.now() + pauseMs > deadline) throw error;
      logger.warn(`${store} cannot be reached yet`, { error, againInMs: pauseMs });
    }
    await sleep(pauseMs);
  }
}

function isRefusal(cause: unknown): boolean {
  const { code = '', message = '' } = (cause ?? {}) as { code?: string; message?: string };
  return POSTGRES_REFUSES.test(code) || REDIS_REFUSES.test(message);
}
