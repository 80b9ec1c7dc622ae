/** The library: `import { createApp, createRagPipeline } from 'sallyport'`. */
export { createApp } from './library-app.ts';
export { createRagPipeline, type RagPipeline, type Caller } from './rag-pipeline.ts';
export { ContentFilter, type ContentVerdict } from './guardrails/content/content-filter.ts';
export { ContentPolicy } from './guardrails/content/content-policy.ts';
export { createOutputGate, type OutputGate } from './guardrails/output/output-gate.ts';
export { gateStream } from './guardrails/output/gate-stream.ts';
export { OutputBlocked } from './guardrails/output/output-blocked.ts';
export { PiiDetector } from './guardrails/pii/pii-detector.ts';
export { TopicRestrictor, type TopicCheck } from './guardrails/topics/topic-restrictor.ts';
export type { ContentScores, PiiEntity, PiiType } from './guardrails/verdict.ts';
export { createTracer, type TracerOptions } from './observability/create-tracer.ts';
export type { Tracer, Span } from './observability/tracer.ts';
export { AppError, type ErrorCode } from './errors/app-error.ts';
export type { Answer } from './rag/answer.ts';
export type { Citation } from './rag/verify-answer.ts';
export type { DocumentFields } from './ingest/document-draft.ts';
export type { IngestedDocument } from './ingest/ingested-document.ts';
