/**
 * Takes a text in pieces and gives out, as it goes, what is certain. What comes out in all depends on the text alone, never
 * on how it was cut.
 */
export type Stage = {
  /** The part that may go on now. */
  push(piece: string): string;
  /** The rest: the text is over. */
  end(): string;
};

/** One stage behind the other. */
export function chain(stages: readonly Stage[]): Stage {
  return {
    push: (piece) => stages.reduce((text, stage) => (text === '' ? '' : stage.push(text)), piece),
    end: () => stages.reduce((text, stage) => (text === '' ? '' : stage.push(text)) + stage.end(), ''),
  };
}
