import type { Express } from 'express';
import { createApp as createApplicationApp } from './app.ts';
import { applicationBehind } from './pipeline-application.ts';
import type { RagPipeline } from './rag-pipeline.ts';

/**
 * The whole HTTP surface of a pipeline, as an Express app to listen with or to mount.
 *
 * @throws TypeError when `rag` was not made by `createRagPipeline`
 */
export function createApp(rag: RagPipeline): Express {
  return createApplicationApp(applicationBehind(rag));
}
