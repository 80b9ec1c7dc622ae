import type { Settings } from '../../config/schema.ts';
import type { OutboundHeaders } from '../../openai/openai-client.ts';
import type { ContentScorer } from './content-scorer.ts';
import { createOpenAiModeration } from './openai-moderation.ts';

export type ContentScorerFactory = (
  settings: Settings,
  headers?: OutboundHeaders,
) => ContentScorer | undefined;

/** Who rates content besides the shipped model: nobody with `local`. */
export const contentScorers = {
  local: (): ContentScorer | undefined => undefined,
  openai: createOpenAiModeration,
} satisfies Record<string, ContentScorerFactory>;
