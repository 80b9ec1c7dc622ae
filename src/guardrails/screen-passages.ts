import { giveWay } from '../event-loop/give-way.ts';
import { failClosed } from './fail-closed.ts';
import type { GuardrailPolicy } from './policy.ts';
import { createInjectionDetector } from './injection/injection-detector.ts';
import { guardText } from './text/guarded-text.ts';

type Passage = { id: string; title: string; headingPath: readonly string[]; text: string };

/** A passage that is dropped by mistake is an answer that is lost: business letters give orders, too. */
const LEAST_PROBABILITY = 0.8;
/** A chunk never changes under its id, and judging one takes most of a millisecond: so many verdicts are kept. */
const MOST_KNOWN = 50_000;

export type ScreenPassages = <P extends Passage>(
  passages: readonly P[],
  tenant: string,
) => Promise<{ passages: P[]; flags: string[] }>;

/**
 * Looks through what was retrieved for instructions to a model. They are dropped, or stay where the policy only flags: the
 * prompt fences every passage, and says that none may give orders. Gives way to others after each.
 */
export function createScreenPassages(action: GuardrailPolicy['injectionAction']): ScreenPassages {
  const injection = createInjectionDetector({ threshold: LEAST_PROBABILITY });
  const known = new Map<string, boolean>();
  const judge = ({ title, headingPath, text }: Passage) =>
    failClosed(
      () => injection.check(guardText([title, ...headingPath, text].join('\n')), 'document').detected,
    );
  const isSuspicious = (passage: Passage): boolean => {
    const remembered = known.get(passage.id);
    if (remembered !== undefined) return remembered;
    const isIt = judge(passage);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(passage.id, isIt);
    return isIt;
  };
  return async (passages, tenant) => {
    if (action === 'off') return { passages: [...passages], flags: [] };
    const clean: (typeof passages)[number][] = [];
    for (const passage of passages) {
      await giveWay(tenant);
      if (!isSuspicious(passage)) clean.push(passage);
    }
    return {
      passages: action === 'block' ? clean : [...passages],
      flags: clean.length < passages.length ? ['suspicious_passage'] : [],
    };
  };
}
