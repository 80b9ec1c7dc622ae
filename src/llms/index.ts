import type { Settings } from '../config/schema.ts';
import type { Logger } from '../observability/logger.ts';
import type { OutboundHeaders } from '../openai/openai-client.ts';
import type { AnswerModel } from './answer-model.ts';
import { createExtractiveModel } from './extractive-model.ts';
import { createOpenAiModel } from './openai-model.ts';

export type AnswerModelFactory = (
  settings: Settings,
  headers?: OutboundHeaders,
  logger?: Logger,
) => AnswerModel;

/** Who can answer, by the value of `LLM_PROVIDER`. */
export const answerModels = {
  openai: createOpenAiModel,
  extractive: createExtractiveModel,
} satisfies Record<Settings['LLM_PROVIDER'], AnswerModelFactory>;
