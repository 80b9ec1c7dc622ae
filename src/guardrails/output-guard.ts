import { giveWay } from '../event-loop/give-way.ts';
import type { Passage } from '../evidence/passage.ts';
import type { ContentFilter } from './content/content-filter.ts';
import { createOutputGate, type OutputGate } from './output/output-gate.ts';
import { failClosed } from './fail-closed.ts';
import type { Canary } from './injection/canary.ts';
import { NOTHING_KNOWN, type KnownValues } from './pii/known-values.ts';
import type { MaskingVault } from './pii/masking-vault.ts';
import type { PiiDetector } from './pii/pii-detector.ts';
import { redacted } from './pii/placeholders.ts';
import { replaceEntities } from './pii/replace-entities.ts';
import type { GuardrailPolicy } from './policy.ts';
import type { PiiEntity } from './verdict.ts';

/** What goes out: to a model, and to the caller. */
export type OutputGuard = {
  /** Looks through texts beforehand, giving way to others after each: what `shield` and `release` do with them then takes no time. */
  prepare(texts: Iterable<string>, vault: MaskingVault, tenant: string): Promise<void>;
  /** A passage as a model outside may read it: what the caller sent has the caller's placeholders. */
  shield(passage: Passage, vault: MaskingVault): Passage;
  /** What is quoted of a document, as the caller may read it. */
  release<Quoted extends { title: string; headingPath?: string[]; quote?: string; text?: string }>(
    quoted: Quoted,
    vault: MaskingVault,
  ): Quoted;
  /** An answer with every value in its place, to be held against the passages in this process. */
  restore(answer: string, vault: MaskingVault): string;
  /** The gate that an answer streams through. */
  open(vault: MaskingVault, canary: Canary): OutputGate;
};

type Parts = { pii: PiiDetector; content: ContentFilter; policy: GuardrailPolicy };

/** The way out, by the policy. */
export function createOutputGuard({ pii, content, policy }: Parts): OutputGuard {
  const { piiAction, piiOutputAction } = policy;
  const scan = (text: string, known: KnownValues) => failClosed(() => pii.scan(text, known).entities);
  /** By what was known of documents at the time. As long as the vault, which lives as long as its request. */
  const prepared = new WeakMap<MaskingVault, Map<KnownValues, Map<string, readonly PiiEntity[]>>>();
  const entitiesOf = (text: string, vault: MaskingVault, known: KnownValues) =>
    prepared.get(vault)?.get(known)?.get(text) ?? scan(text, known);
  const shielded = (text: string, vault: MaskingVault) => {
    const entities = entitiesOf(text, vault, NOTHING_KNOWN);
    vault.reserve(text);
    vault.note(entities);
    if (piiAction === 'off') return text;
    return replaceEntities(text, entities, ({ type, value }) =>
      piiAction === 'redact' ? redacted(type) : vault.placeholder(type, value, 'document'),
    );
  };
  const released = (text: string, vault: MaskingVault) =>
    replaceEntities(
      text,
      // A quote is a proof: without the names in it nobody could hold it against its document.
      entitiesOf(text, vault, vault.known()).filter(
        ({ type, value }) => type !== 'PERSON' && !vault.isCallers(type, value),
      ),
      ({ type }) => redacted(type),
    );
  return {
    prepare: async (texts, vault, tenant) => {
      if (piiAction === 'off' && piiOutputAction === 'off') return;
      const known = vault.known();
      const ofVault = prepared.get(vault) ?? new Map<KnownValues, Map<string, readonly PiiEntity[]>>();
      const found = ofVault.get(known) ?? new Map<string, readonly PiiEntity[]>();
      prepared.set(vault, ofVault.set(known, found));
      for (const text of texts) {
        if (found.has(text)) continue;
        await giveWay(tenant);
        found.set(text, scan(text, known));
      }
    },
    shield: (passage, vault) =>
      piiAction === 'off' && piiOutputAction === 'off'
        ? passage
        : {
            ...passage,
            title: shielded(passage.title, vault),
            headingPath: passage.headingPath.map((heading) => shielded(heading, vault)),
            text: shielded(passage.text, vault),
          },
    release: (quoted, vault) => {
      if (piiOutputAction === 'off') return quoted;
      const { title, headingPath, quote, text } = quoted;
      return {
        ...quoted,
        title: released(title, vault),
        ...(headingPath && { headingPath: headingPath.map((heading) => released(heading, vault)) }),
        ...(quote === undefined ? {} : { quote: released(quote, vault) }),
        ...(text === undefined ? {} : { text: released(text, vault) }),
      };
    },
    restore: (answer, vault) => pii.restore(answer, vault),
    open: (vault, canary) =>
      createOutputGate({
        pii: {
          scan: (text, known) => ({ entities: scan(text, known) }),
          action: piiOutputAction,
          vault,
        },
        secrets: [canary.token],
        // The gate knows the canary as it is; encoded it is looked for in whole sentences.
        content: (text) =>
          canary.isIn(text.original)
            ? { blocked: true, category: 'secret' }
            : failClosed(() => content.judge(text)),
      }),
  };
}
