import type { Logger } from '../observability/logger.ts';
import type { TokenRefused } from './token-refused.ts';

/** Says in the log what became of tokens, for who runs the service. */
export type TokenNotes = { refused(refused: TokenRefused): void; groupsLeftOut(): void };

/** Of the same thing there is a line every so often: who is unknown must not fill the log. */
const EVERY_MS = 10_000;

export function createTokenNotes(logger: Logger): TokenNotes {
  const said = new Map<string, { at: number; unsaid: number }>();
  const note = (subject: string, say: (alike: { alikeBefore?: number }) => void): void => {
    const now = performance.now();
    const last = said.get(subject);
    if (last && now - last.at < EVERY_MS) {
      last.unsaid += 1;
      return;
    }
    said.set(subject, { at: now, unsaid: 0 });
    say(last?.unsaid ? { alikeBefore: last.unsaid } : {});
  };
  return {
    refused: ({ reason, claim }) =>
      note(`${reason} ${claim}`, (alike) =>
        logger.info('a token was refused', { reason, ...(claim === undefined ? {} : { claim }), ...alike }),
      ),
    groupsLeftOut: () =>
      note('groups', (alike) =>
        logger.warn(
          'a token left its groups out, as Entra ID does with more than 200: its bearer is in none',
          alike,
        ),
      ),
  };
}
