import type { Guardrails } from '../guardrails/guardrails.ts';
import type { ObserveGuardrail } from '../guardrails/observe-guardrail.ts';
import { OutputBlocked } from '../guardrails/output/output-blocked.ts';
import type { OutputGate } from '../guardrails/output/output-gate.ts';
import { failureCode } from './failure-code.ts';
import { SALLYPORT } from './gen-ai-names.ts';
import type { Metrics } from './metrics.ts';
import { onSettled } from './on-settled.ts';
import { observeStage, secondsSince, type Telemetry } from './telemetry.ts';

type Where = 'input' | 'output' | 'document';

/** Each guardrail in a span of its own, with the types of what it found. */
export function observeGuardrail(telemetry: Telemetry): ObserveGuardrail {
  return (guardrail, where, work, found) => {
    const stage = { stage: 'guardrail' as const, span: `guardrail ${guardrail}`, name: guardrail };
    return observeStage(telemetry, stage, (span) =>
      onSettled(work, (outcome) => {
        const types = outcome.ok ? found(outcome.value) : [];
        if (types.length > 0) span.set({ [SALLYPORT.findings]: [...new Set(types)] });
        countVerdicts(telemetry.metrics, guardrail, where, types);
      }),
    );
  };
}

/** What the guardrails do beside a question: the screening of passages, and the output gate. */
export function observeGuardrails(guardrails: Guardrails, telemetry: Telemetry): Guardrails {
  return {
    ...guardrails,
    screen: (passages, tenant) =>
      observeStage(
        telemetry,
        { stage: 'guardrail', span: 'guardrail passages', name: 'passages' },
        async (span) => {
          const screened = await guardrails.screen(passages, tenant);
          if (screened.flags.length > 0) {
            span.set({ [SALLYPORT.findings]: ['injection'] });
            countVerdicts(telemetry.metrics, 'injection', 'document', ['injection']);
          }
          return screened;
        },
      ),
    output: {
      ...guardrails.output,
      open: (vault, canary) => observeGate(guardrails.output.open(vault, canary), telemetry),
    },
  };
}

/** A gate works in many small pieces while the model writes: they are one span, at the end, that says how long they took together. */
function observeGate(gate: OutputGate, { tracer, metrics }: Telemetry): OutputGate {
  let busySeconds = 0;
  let isOver = false;
  const timed = (step: () => string): string => {
    const started = performance.now();
    try {
      return step();
    } finally {
      busySeconds += secondsSince(started);
    }
  };
  const over = (failure?: { error: unknown }): void => {
    if (isOver) return;
    isOver = true;
    const types = [
      ...gate.redactions.map((type) => `PII/${type}`),
      ...(failure?.error instanceof OutputBlocked ? [blockedType(failure.error)] : []),
    ];
    const attributes = {
      [SALLYPORT.gateMs]: busySeconds * 1_000,
      [SALLYPORT.findings]: types.length > 0 ? [...new Set(types)] : undefined,
    };
    tracer.run('guardrail output', { attributes }, (span) => {
      if (failure && !(failure.error instanceof OutputBlocked)) span.fail(failureCode(failure.error));
    });
    metrics.stage('guardrail', busySeconds, { name: 'output', ok: !failure });
    countVerdicts(metrics, 'output', 'output', types);
  };
  const watched = (step: () => string): string => {
    try {
      return timed(step);
    } catch (error) {
      over({ error });
      throw error;
    }
  };
  return {
    get redactions() {
      return gate.redactions;
    },
    push: (piece) => watched(() => gate.push(piece)),
    end: () => {
      const rest = watched(() => gate.end());
      over();
      return rest;
    },
  };
}

function blockedType({ reason, category }: OutputBlocked): string {
  // The canary is looked for along with content; its category says which it was.
  if (category === undefined || category === 'secret') return category ?? reason;
  return reason === 'pii' ? `PII/${category}` : `${reason}/${category}`;
}

function countVerdicts(metrics: Metrics, guardrail: string, where: Where, types: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  for (const [type, count] of counts) metrics.verdict({ guardrail, type, where }, count);
}
