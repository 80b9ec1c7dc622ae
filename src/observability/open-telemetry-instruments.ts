import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { AggregationType, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { PROBLEMS } from '../api/problem.ts';
import { REFUSAL_REASONS } from '../rag/answer.ts';
import { HTTP } from './gen-ai-names.ts';
import type { Metrics } from './metrics.ts';

/** A question takes milliseconds where the answer is extracted, and a minute where a model writes a long one. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** A guardrail takes less than a millisecond, the embedding of a long document minutes. */
const STAGE_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];
/** As the conventions for generative AI advise. */
const MODEL_SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKENS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

const NAMES = {
  request: 'http.server.request.duration',
  stage: 'sallyport.stage.duration',
  modelCall: 'gen_ai.client.operation.duration',
  firstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  tokens: 'gen_ai.client.token.usage',
  costUsd: 'sallyport.cost_usd',
  refusals: 'sallyport.refusals',
  verdicts: 'sallyport.guardrail.verdicts',
  auditEvents: 'sallyport.audit.events',
  secretsReloads: 'sallyport.secrets.reloads',
} as const;

/** The SDK's own buckets are made for milliseconds. */
export const bucketViews: ViewOptions[] = (
  [
    [NAMES.request, REQUEST_SECONDS],
    [NAMES.stage, STAGE_SECONDS],
    [NAMES.modelCall, MODEL_SECONDS],
    [NAMES.firstChunk, MODEL_SECONDS],
    [NAMES.tokens, TOKENS],
  ] as const
).map(([instrumentName, boundaries]) => ({
  instrumentName,
  aggregation: {
    type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
    options: { boundaries: [...boundaries], recordMinMax: false },
  },
}));

/** Anybody may send a method that nobody has heard of. */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export type Instruments = Omit<Metrics, 'gauge' | 'scrape' | 'close'>;

/** What is counted as it happens. */
export function createInstruments(meter: Meter): Instruments {
  const histogram = (name: string, unit: string, description: string): Histogram =>
    meter.createHistogram(name, { unit, description });
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { unit, description });

  const requests = histogram(NAMES.request, 's', 'Duration of requests, until the response is closed');
  const stages = histogram(NAMES.stage, 's', 'Duration of the parts of the work');
  const modelCalls = histogram(NAMES.modelCall, 's', 'Duration of calls to the model');
  const firstChunks = histogram(NAMES.firstChunk, 's', 'Time until a model’s stream begins');
  const tokens = histogram(NAMES.tokens, '{token}', 'Tokens of calls to the model, and of embeddings');
  const cost = counter(NAMES.costUsd, 'USD', 'Cost of calls to the model, and of embeddings, USD');
  const refusals = counter(
    NAMES.refusals,
    '{request}',
    'Requests that ended in a problem or a refusal, by its code',
  );
  const verdicts = counter(NAMES.verdicts, '{finding}', 'What guardrails found');
  const auditEvents = counter(
    NAMES.auditEvents,
    '{event}',
    'Events of the audit log, by what became of them',
  );
  const secretsReloads = counter(
    NAMES.secretsReloads,
    '{reload}',
    'Reloads of the secrets, by their outcome',
  );
  // From the beginning: an alert on the first lost event, or the first failed guardrail, needs a value before it.
  for (const code of [...Object.keys(PROBLEMS), ...REFUSAL_REASONS]) refusals.add(0, { code });
  for (const outcome of ['written', 'lost', 'failed']) auditEvents.add(0, { outcome });

  for (const outcome of ['success', 'failure']) secretsReloads.add(0, { outcome });

  return {
    request: (seconds, { method, route = 'unmatched', status }) =>
      requests.record(seconds, {
        [HTTP.method]: KNOWN_METHODS.has(method) ? method : '_OTHER',
        [HTTP.route]: route,
        [HTTP.status]: status,
      }),
    stage: (stage, seconds, { name, ok }) => {
      if (stage === 'time_to_first_chunk')
        firstChunks.record(seconds, name === undefined ? {} : { 'gen_ai.request.model': name });
      else
        stages.record(seconds, {
          stage,
          ...(name === undefined ? {} : { name }),
          outcome: ok ? 'success' : 'failure',
        });
    },
    modelCall: (seconds, { provider, model, promptTokens, completionTokens, costUsd, error }) => {
      const call = {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': provider,
        'gen_ai.request.model': model,
      };
      modelCalls.record(seconds, { ...call, ...(error === undefined ? {} : { 'error.type': error }) });
      if (promptTokens > 0) tokens.record(promptTokens, { ...call, 'gen_ai.token.type': 'input' });
      if (completionTokens > 0) tokens.record(completionTokens, { ...call, 'gen_ai.token.type': 'output' });
      if (costUsd !== null)
        cost.add(costUsd, { 'gen_ai.provider.name': provider, 'gen_ai.request.model': model });
    },
    embeddings: ({ provider, model, tokens: count, costUsd }) => {
      const call = { 'gen_ai.provider.name': provider, 'gen_ai.request.model': model };
      tokens.record(count, {
        'gen_ai.operation.name': 'embeddings',
        ...call,
        'gen_ai.token.type': 'input',
      });
      cost.add(costUsd, call);
    },
    refusal: (code) => refusals.add(1, { code }),
    verdict: (labels, count) => verdicts.add(count, labels),
    secretsReload: (ok) => secretsReloads.add(1, { outcome: ok ? 'success' : 'failure' }),
    audit: (outcome, count) => auditEvents.add(count, { outcome }),
  };
}
