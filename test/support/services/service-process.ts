import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundToRunner, canSwitchUser, type User } from './bound-to-runner.ts';

export type ServiceProcess = { stop: () => Promise<void> };

export type ServiceProcessOptions = {
  /** Resolves once the service accepts connections; `output` is what it has printed so far. */
  isReady: (output: string) => boolean | Promise<boolean>;
  stopSignal?: NodeJS.Signals;
  /** Whom to run as: servers such as Postgres refuse root. */
  user?: User | undefined;
  timeoutMs?: number;
};

const stopProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const patience = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(patience);
};

/** Starts a server and waits until it is ready; if it ends before, the error says what it printed. */
export const startProcess = async (
  command: string,
  args: string[],
  options: ServiceProcessOptions,
): Promise<ServiceProcess> => {
  const { user } = options;
  // `detached`: an interrupt typed at the terminal reaches the runner alone, which stops services in order.
  const child = spawn(...boundToRunner(command, args, user), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(canSwitchUser ? {} : user),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-10_000)));
  child.once('error', (error) => (output += error.message));

  const stop = (): Promise<void> => stopProcess(child, options.stopSignal ?? 'SIGTERM');
  const deadline = Date.now() + (options.timeoutMs ?? 20_000);
  while (!(await options.isReady(output))) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${command} ended before it was ready:\n${output}`);
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`${command} was not ready in time:\n${output}`);
    }
    await sleep(20);
  }
  return { stop };
};
