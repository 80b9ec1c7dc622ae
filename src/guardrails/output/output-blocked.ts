export type BlockReason = 'pii' | 'secret' | 'phrase' | 'content' | 'structure';

/** An answer was stopped: nothing of it goes out any more. It tells why, and carries none of the text. */
export class OutputBlocked extends Error {
  readonly reason: BlockReason;
  /** The content's category, or the type of personal data. */
  readonly category: string | undefined;

  constructor(reason: BlockReason, category?: string) {
    super(`The answer was stopped: ${category === undefined ? reason : `${reason}, ${category}`}.`);
    this.name = 'OutputBlocked';
    this.reason = reason;
    this.category = category;
  }
}
