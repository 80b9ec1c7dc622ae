import type { Settings } from '../config/schema.ts';
import { CONTENT_CATEGORIES, type ContentCategory } from './verdict.ts';

/** What the guardrails do with what they find. */
export type GuardrailPolicy = {
  piiAction: Settings['PII_ACTION'];
  piiOutputAction: Settings['PII_OUTPUT_ACTION'];
  contentBlock: readonly ContentCategory[];
  topicsAllowed: readonly string[];
  topicsBlocked: readonly string[];
  injectionAction: Settings['INJECTION_ACTION'];
};

/** The policy of the settings; a request to `/guardrails/check` may have another for itself. */
export function policyOf(settings: Settings): GuardrailPolicy {
  return {
    piiAction: settings.PII_ACTION,
    piiOutputAction: settings.PII_OUTPUT_ACTION,
    contentBlock: CONTENT_CATEGORIES.filter((category) => settings.CONTENT_BLOCK.includes(category)),
    topicsAllowed: settings.TOPICS_ALLOWED,
    topicsBlocked: settings.TOPICS_BLOCKED,
    injectionAction: settings.INJECTION_ACTION,
  };
}
