import { machine } from '../machine.ts';
import { percentile, row } from '../table.ts';
import type { Sent } from './steady-load.ts';

export type Measured = {
  sent: Sent[];
  seconds: number;
  /** Rows of the table of what was done. */
  steps: string[];
  unrecorded: number;
  chainIsWhole: boolean;
};

/** The report, in Markdown. */
export function report({ sent, seconds, steps, unrecorded, chainIsWhole }: Measured): string {
  const of = (kind: string) => {
    const some = sent.filter((one) => one.kind === kind);
    const times = some.map(({ ms }) => ms).sort((a, b) => a - b);
    const count = (wanted: (one: Sent) => boolean) => String(some.filter(wanted).length);
    return row(kind, [
      String(some.length),
      count(({ status }) => status === 200),
      count(({ status }) => typeof status === 'number' && status >= 500),
      count(({ status }) => typeof status === 'number' && status >= 400 && status < 500),
      count(({ status, whole }) => status === 'broken off' || (status === 200 && !whole)),
      percentile(times, 0.5).toFixed(0),
      percentile(times, 0.99).toFixed(0),
    ]);
  };
  return `# Every secret rotated, and both replicas replaced, under load

\`npm run bench:rotation\`, on ${new Date().toISOString().slice(0, 10)}. ${machine()}

Two replicas behind nginx on one Postgres and one Redis, ${(sent.length / seconds).toFixed(0)} requests a second for ${seconds.toFixed(0)} s, each
answer of the model taking a second. Load, nginx, stores and replicas share the machine. The aim: no 5xx, no broken stream,
no audit event lost.

| | requests | 200 | 5xx | 4xx | broken off | p50 ms | p99 ms |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${['read', 'search', 'question', 'stream'].map(of).join('\n')}

Answered requests without an event in the audit log: **${unrecorded}**. Its chains are ${chainIsWhole ? 'whole' : 'NOT WHOLE'}.

| what was done | at s | took s |
| --- | ---: | ---: |
${steps.join('\n')}
`;
}
