/**
 * Names of spans' attributes, all of them. OpenTelemetry's conventions for generative AI are not stable yet: when they move,
 * this file does.
 */
export const GEN_AI = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  maxTokens: 'gen_ai.request.max_tokens',
  stream: 'gen_ai.request.stream',
  topK: 'gen_ai.request.top_k',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  dimensions: 'gen_ai.embeddings.dimension.count',
  dataSource: 'gen_ai.data_source.id',
} as const;

export const HTTP = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
} as const;

export const SERVER_ADDRESS = 'server.address';
export const ERROR_TYPE = 'error.type';

/** What no convention has a name for. */
export const SALLYPORT = {
  requestId: 'sallyport.request_id',
  costUsd: 'sallyport.cost_usd',
  jobId: 'sallyport.job_id',
  chunks: 'sallyport.chunks',
  texts: 'sallyport.texts',
  /** The types a guardrail found, each once: `PII/EMAIL`, `injection`, `content/hate`, `topic`. */
  findings: 'sallyport.guardrail.findings',
  /** What the output gate took of the answer's time, all its pieces together. */
  gateMs: 'sallyport.guardrail.busy_ms',
} as const;
