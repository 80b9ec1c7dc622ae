/** Lines to standard output. */
export type StandardOutput = {
  /** Resolves once the reader has room for them; rejects where there is none any more. */
  append(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

/** A reader that goes away ends no process: its error comes back from `append`. */
export function openStandardOutput(output: NodeJS.WritableStream): StandardOutput {
  const heard = () => undefined;
  output.on('error', heard);
  return {
    append: (lines) =>
      new Promise((resolve, reject) => {
        output.write(lines.map((line) => `${line}\n`).join(''), (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    close: () => {
      // Not before an error that is on its way was heard.
      setImmediate(() => output.off('error', heard));
      return Promise.resolve();
    },
  };
}
