/** The library: `import { createApp, createRagPipeline } from 'sallyport'`. */
export { createApp, type AppOptions } from './app.ts';
export { createRagPipeline, type RagPipeline, type Caller } from './rag-pipeline.ts';
export { AppError, type ErrorCode } from './errors/app-error.ts';
export type { Answer } from './rag/answer-question.ts';
export type { Citation } from './rag/verify-answer.ts';
export type { DocumentFields } from './ingest/document-draft.ts';
export type { IngestedDocument } from './ingest/accept-documents.ts';
