import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings } from '../../src/config/load.ts';
import { openDatabase } from '../../src/db/database.ts';
import { fillFromTemplate } from './embedded-template.ts';
import { boundToRunner } from './services/bound-to-runner.ts';

/** A Sallyport of its own, started as `npm start` does it. */
export type RunningServer = {
  url: string;
  /** A key with every scope. */
  key: string;
  /** A key with scope `query` alone. */
  queryKey: string;
  /** What it was started with, `DATA_DIR` and `DATABASE_URL` included: start another with it to share them. */
  env: Record<string, string>;
  /** Everything it has printed so far, to both streams. */
  output(): string;
  pid: number;
  /** Sends a signal; resolves once the process has ended, with its exit code (null when the signal ended it). */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Stops it as a service manager would, and removes what it wrote. */
  stop(): Promise<void>;
};

export type StartServerOptions = { env?: Record<string, string>; args?: string[] };

const SERVER = join(import.meta.dirname, '..', '..', 'src', 'server.ts');
const URL_LINE = /listens on (http:\/\/\S+)/;
const PATIENCE_MS = 45_000;
/** Beside these nothing of the test run's environment reaches the server. */
export const inherited = Object.fromEntries(
  ['PATH', 'HOME', 'TMPDIR'].map((name) => [name, process.env[name]]),
);

/**
 * Starts `src/server.ts` on a free port. With no DATABASE_URL it has an embedded Postgres in DATA_DIR, a folder of its
 * own unless one is given. `{ API_KEYS: '' }` starts it without keys: an empty setting is an unset one.
 *
 * @throws Error with everything it printed, when it ends instead of listening
 */
export const startServer = async ({
  env = {},
  args = [],
}: StartServerOptions = {}): Promise<RunningServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-server-'));
  if (!env.DATA_DIR && !env.DATABASE_URL) await prepareDataFolder(folder);
  const key = env.ADMIN_API_KEYS ?? `admin-${randomBytes(18).toString('hex')}`;
  const queryKey = env.API_KEYS ?? `query-${randomBytes(18).toString('hex')}`;
  const settings = {
    NODE_ENV: 'test',
    PORT: '0',
    DATA_DIR: folder,
    ADMIN_API_KEYS: key,
    API_KEYS: queryKey,
    RATE_LIMIT_PER_MINUTE: '1000000',
    ADDRESS_RATE_LIMIT_PER_MINUTE: '1000000',
    SHUTDOWN_GRACE_SECONDS: '2',
    ...env,
  };
  // In its own folder: a developer's `.env` is not part of a test.
  const child = spawn(...boundToRunner(process.execPath, [SERVER, ...args]), {
    cwd: folder,
    env: { ...inherited, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = once(child, 'exit');
  let output = '';
  const url = new Promise<string>((listening, fail) => {
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const [, address] = URL_LINE.exec(output) ?? [];
        if (address === undefined) return;
        clearTimeout(patience);
        listening(address);
      });
    }
    child.once('close', (code) => {
      clearTimeout(patience);
      fail(new Error(`the server ended with code ${String(code)} before it listened:\n${output}`));
    });
  });
  const kill = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode;
  };
  const clean = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    return {
      url: await url,
      key,
      queryKey,
      env: settings,
      output: () => output,
      pid: child.pid!,
      kill,
      stop: async () => {
        const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await kill('SIGTERM');
        clearTimeout(patience);
        clean();
      },
    };
  } catch (error) {
    clean();
    throw error;
  }
};

/** Makes an empty folder a DATA_DIR that a server starts on quickly. */
export const prepareDataFolder = (folder: string): Promise<void> =>
  fillFromTemplate(folder, async (empty) => {
    const server = await startServer({ env: { DATA_DIR: empty } });
    await server.stop();
    // As new: what this server has signed, with a key of its own, others could not verify.
    const db = await openDatabase(parseSettings({ NODE_ENV: 'test', DATA_DIR: empty }));
    await db.asOwner((tx) => tx.query('delete from audit_chain_list'));
    await db.close();
  });

/** Starts a server that must not start; resolves with what it printed and its exit code. */
export const startInVain = async (env: Record<string, string>): Promise<string> => {
  const started = startServer({ env });
  const problem = await started.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  if (problem !== undefined) return problem;
  await (await started).stop();
  throw new Error('it started');
};
