import type { Retrieve } from '../rag/retrieve.ts';
import { GEN_AI, SALLYPORT } from './gen-ai-names.ts';
import { observeStage, type Telemetry } from './telemetry.ts';

/** What is searched; there is one. */
const SOURCE = 'documents';

/** Retrieval that is traced and measured: how many chunks, and never what was looked for. */
export function observeRetrieve(retrieve: Retrieve, telemetry: Telemetry): Retrieve {
  return (scope, question, signal) => {
    const attributes = {
      [GEN_AI.operation]: 'retrieval',
      [GEN_AI.dataSource]: SOURCE,
      [GEN_AI.topK]: question.topK,
    };
    return observeStage(
      telemetry,
      { stage: 'retrieval', span: `retrieval ${SOURCE}`, kind: 'client', attributes },
      async (span) => {
        const retrieval = await retrieve(scope, question, signal);
        span.set({ [SALLYPORT.chunks]: retrieval.chunks.length });
        return retrieval;
      },
    );
  };
}
