import type { Examination } from './examine.ts';
import { createMaskingVault, type MaskingVault } from './pii/masking-vault.ts';
import { redacted } from './pii/placeholders.ts';
import { replaceEntities } from './pii/replace-entities.ts';
import type { GuardrailPolicy } from './policy.ts';

/** What a policy makes of a text: whether it goes on, and as what. */
export type PassedOn = { verdict: 'allow' | 'redact' | 'block'; text: string };

/** Applies a policy to what was found; masked values are noted in `vault` as the caller's. */
export function passOn(
  original: string,
  { entities, content, topic, injection }: Examination,
  { piiAction, injectionAction }: GuardrailPolicy,
  vault: MaskingVault = createMaskingVault(),
): PassedOn {
  const hasPii = piiAction !== 'off' && entities.length > 0;
  const isBlocked =
    (hasPii && piiAction === 'block') ||
    (injection.detected && injectionAction === 'block') ||
    content.blocked ||
    !topic.allowed;
  vault.reserve(original);
  if (piiAction !== 'redact') vault.hear(entities);
  const text = replaceEntities(original, hasPii ? entities : [], ({ type, value }) =>
    piiAction === 'mask' ? vault.placeholder(type, value, 'caller') : redacted(type),
  );
  return { verdict: isBlocked ? 'block' : hasPii ? 'redact' : 'allow', text };
}
