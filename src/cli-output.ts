/** Thrown once nobody reads standard output any more, as `head` does when it has enough: not a failure of the command. */
export class OutputClosed extends Error {
  constructor() {
    super('Nobody reads the output any more.');
  }
}

/** Keeps a pipe that was closed from ending the process with a stack: `print` tells the command. */
export function expectClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}

/**
 * Writes to standard output at the reader's pace.
 *
 * @throws OutputClosed when the reader has gone
 */
export function print(text: string): Promise<void> {
  return new Promise((written, fail) => {
    process.stdout.write(text, (error) => {
      if (!error) written();
      else fail((error as NodeJS.ErrnoException).code === 'EPIPE' ? new OutputClosed() : error);
    });
  });
}

/** @returns the exit code */
export function unknownCommand(...words: string[]): number {
  const help = ['sallyport', ...words.slice(0, -1), '--help'].join(' ');
  process.stderr.write(`sallyport: unknown command '${words.join(' ')}'; see ${help}\n`);
  return 2;
}
