import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundToRunner } from './services/bound-to-runner.ts';

export type TestCounts = { passed: number; failed: number; skipped: number };

export type RunJestOptions = {
  /** Temporary: Jest's result and whatever the tests write. */
  folder: string;
  env: Record<string, string>;
  signal: AbortSignal;
};

/** The part of Jest's JSON result that is read here. */
type JestResult = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
};

const root = join(import.meta.dirname, '..', '..');
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const cache = join(root, 'node_modules', '.cache', 'jest');
// Jest loads ESM through an API of Node that is still called experimental, and says so for every worker.
const nodeFlags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

const readCounts = (file: string, exitCode: number): TestCounts => {
  const result = JSON.parse(readFileSync(file, 'utf8')) as JestResult;
  // A file that could not even be loaded has no failed test in it, but it is a failure.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: exitCode === 0 ? failed : Math.max(failed, 1),
    skipped: result.numPendingTests + result.numTodoTests,
  };
};

/** Runs Jest as a process of its own and counts what it found. An aborted run rejects, once Jest has ended. */
export const runJest = async (
  args: string[],
  { folder, env, signal }: RunJestOptions,
): Promise<TestCounts> => {
  signal.throwIfAborted();
  const resultFile = join(folder, 'jest.json');
  const run = [...nodeFlags, jest, '--json', '--outputFile', resultFile, '--cacheDirectory', cache, ...args];
  const child = spawn(...boundToRunner(process.execPath, run), {
    cwd: root,
    stdio: 'inherit',
    // What tests leave in the temporary folder goes with it; Jest's cache, worth keeping, moves out of there.
    env: { ...process.env, ...env, TMPDIR: folder },
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return readCounts(resultFile, exitCode ?? 1);
};
