import type { Settings } from '../config/schema.ts';
import type { HiddenText } from '../documents/document.ts';
import { countTypes } from './count-types.ts';
import { ContentFilter } from './content/content-filter.ts';
import { ContentPolicy, WRITTEN_THRESHOLDS } from './content/content-policy.ts';
import { auditInjection, type InjectionFinding } from './injection/audit-document.ts';
import { createInjectionDetector } from './injection/injection-detector.ts';
import { PiiDetector } from './pii/pii-detector.ts';
import { policyOf, type GuardrailPolicy } from './policy.ts';
import { guardText } from './text/guarded-text.ts';
import type { PiiType } from './verdict.ts';

/** What the corpus audit goes by: plain data, since it runs in a worker thread. */
export type AuditPolicy = Pick<GuardrailPolicy, 'injectionAction' | 'contentBlock'> & {
  allowedValues: readonly string[];
  forbiddenPii: readonly PiiType[];
};

/** Something that an operator should know of a document: what kind, how much or where, and never the text itself. */
export type Finding =
  | InjectionFinding
  | { kind: 'pii'; detail: PiiType; count: number }
  | { kind: 'content'; detail: string; score: number };

export type DocumentAudit = { findings: Finding[]; quarantine: boolean };

export function auditPolicyOf(settings: Settings): AuditPolicy {
  const { injectionAction, contentBlock } = policyOf(settings);
  return {
    injectionAction,
    contentBlock,
    allowedValues: settings.PII_ALLOWED_VALUES,
    forbiddenPii: settings.PII_FORBIDDEN_IN_DOCUMENTS,
  };
}

/**
 * The corpus audit of a document. Hidden instructions quarantine it, and so does personal data of a forbidden type. Harmful
 * content is only reported: a knowledge base may have to speak of it, and answers are checked on their way out.
 */
export function auditDraft(
  { text, hidden = [] }: { text: string; hidden?: HiddenText[] },
  { injectionAction, contentBlock, allowedValues, forbiddenPii }: AuditPolicy,
): DocumentAudit {
  const guarded = guardText(text);
  const detector = createInjectionDetector();
  const injection =
    injectionAction === 'off'
      ? { findings: [], quarantine: false }
      : auditInjection(guarded, hidden, detector);
  const { entities } = new PiiDetector({ allowedValues }).scan(guarded);
  const { blocked, category, score } = new ContentFilter({
    policy: ContentPolicy.of(contentBlock, WRITTEN_THRESHOLDS),
  }).judge(guarded, false);
  return {
    findings: [
      ...injection.findings,
      ...countTypes(entities).map(({ type, count }): Finding => ({ kind: 'pii', detail: type, count })),
      ...(blocked && category ? [{ kind: 'content' as const, detail: category, score }] : []),
    ],
    quarantine:
      (injection.quarantine && injectionAction === 'block') ||
      entities.some(({ type }) => forbiddenPii.includes(type)),
  };
}
