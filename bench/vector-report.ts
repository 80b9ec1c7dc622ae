import { recall, type Found } from './dense-search.ts';
import { percentile, row } from './table.ts';
import type { TenantShare } from './tenant-shares.ts';

export type TenantMeasure = TenantShare & {
  /** What the product does by itself, and each way by force. */
  product: Found;
  exact: Found;
  nearest: Found;
  /** HNSW with other values of `ef_search`. */
  deeper: { efSearch: number; found: Found }[];
};

export type VectorMeasured = {
  machine: string;
  database: string;
  embedder: string;
  questions: number;
  measures: TenantMeasure[];
};

/** The report, in Markdown. */
export function vectorReport({ machine, database, embedder, questions, measures }: VectorMeasured): string {
  const lines = [
    '# Search by vectors',
    '',
    `\`npm run bench:vectors\`, on ${new Date().toISOString().slice(0, 10)}.`,
    '',
    `- ${machine}`,
    `- ${database}`,
    `- ${embedder}`,
    '',
    `${questions} real questions, one after the other, through the product's own search as the application's role, without`,
    'their words: the dense leg alone. Recall is the share of the ten nearest of exact search.',
    '',
    '## As it chooses by itself, and each way by force',
    '',
    '| tenant holds | chunks | it chooses | recall@10 | p50 ms | p95 ms | exact p50 | exact p95 | HNSW recall@10 | HNSW p50 | HNSW p95 |',
    '| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...measures.map(({ share, chunks, product, exact, nearest }) =>
      row(percent(share), [
        chunks.toLocaleString('en'),
        product.way === 'exact' ? 'exact' : 'HNSW',
        recall(product, exact).toFixed(3),
        ...times(product),
        ...times(exact),
        recall(nearest, exact).toFixed(3),
        ...times(nearest),
      ]),
    ),
    '',
    '## HNSW by `ef_search`: recall@10, p50 ms',
    '',
    row(
      '`ef_search`',
      measures.map(({ share }) => percent(share)),
    ),
    row(
      '---:',
      measures.map(() => '---:'),
    ),
    ...measures[0]!.deeper.map(({ efSearch }, place) =>
      row(
        String(efSearch),
        measures.map(({ deeper, exact }) => {
          const { found } = deeper[place]!;
          return `${recall(found, exact).toFixed(3)}, ${times(found)[0]!}`;
        }),
      ),
    ),
    '',
  ];
  return lines.join('\n');
}

function times({ milliseconds }: Found): string[] {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return [0.5, 0.95].map((share) => percentile(sorted, share).toFixed(1));
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
