import type { Finding } from '../guardrails/audit-draft.ts';
import type { ObserveIngest } from '../ingest/observe-ingest.ts';
import { SALLYPORT } from './gen-ai-names.ts';
import { observeStage, type Telemetry } from './telemetry.ts';

/** Every turn of a job as a trace of its own, for it may run in another process than the request that sent it; its stages in it. */
export function observeIngest(telemetry: Telemetry): ObserveIngest {
  const { tracer, metrics } = telemetry;
  return {
    job: (id, work) => tracer.run('ingest job', { attributes: { [SALLYPORT.jobId]: id } }, work),
    stage: (stage, work) =>
      observeStage(telemetry, { stage: `ingest_${stage}`, span: `ingest ${stage}` }, work),
    found: (findings) => {
      for (const finding of findings) {
        const { guardrail, type, count } = verdictOf(finding);
        metrics.verdict({ guardrail, type, where: 'document' }, count);
      }
    },
  };
}

function verdictOf(finding: Finding): { guardrail: string; type: string; count: number } {
  if (finding.kind === 'pii') {
    const { detail, count } = finding;
    return { guardrail: 'pii', type: `PII/${detail}`, count };
  }
  return finding.kind === 'content'
    ? { guardrail: 'content', type: `content/${finding.detail}`, count: 1 }
    : { guardrail: 'injection', type: 'injection', count: 1 };
}
