import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the bench: it was told one thing, and says one thing back. */
export type Child<Told> = { told: Told; pid: number; stop(): Promise<void> };

/**
 * Starts a module of this folder in a process of its own, so that nothing it does is charged to another.
 *
 * @throws Error when it ends before it has said anything
 */
export async function startChild<Told>(module: string, input: unknown): Promise<Child<Told>> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const ended = once(child, 'exit');
  const told = new Promise<Told>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Told));
    child.once('exit', (code) => reject(new Error(`${module} ended with ${String(code)}`)));
  });
  child.send(input as object);
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { told: await told, pid: child.pid!, stop };
}

/** Runs a module to its end for what it has to say. */
export async function runChild<Told>(module: string, input: unknown): Promise<Told> {
  const child = await startChild<Told>(module, input);
  await child.stop();
  return child.told;
}

/** The child's side: takes the input, says what comes of it, and ends when the parent lets go of it or dies. */
export function serveParent(work: (input: never) => Promise<object>): void {
  process.once('disconnect', () => process.exit());
  process.once('message', (input) => {
    work(input as never).then(
      (told) => process.send!(told),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
