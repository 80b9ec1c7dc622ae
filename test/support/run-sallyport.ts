import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { boundToRunner } from './services/bound-to-runner.ts';
import { inherited } from './start-server.ts';

/** A run of the command `sallyport`. */
export type SallyportRun = {
  /** Everything it has printed so far, to both streams. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Its exit code once it has ended; null when a signal ended it. */
  ended: Promise<number | null>;
};

const CLI = join(import.meta.dirname, '..', '..', 'src', 'bin.js');

/** Starts `sallyport` with these arguments and, beside PATH and HOME, no other environment than this. */
export const runSallyport = (
  args: string[],
  env: Record<string, string>,
  cwd = process.env.TMPDIR,
): SallyportRun => {
  const child = spawn(...boundToRunner(process.execPath, [CLI, ...args]), {
    cwd,
    env: { ...inherited, NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    output: () => output,
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
};
