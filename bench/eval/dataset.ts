import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type CorpusDocument = { id: string; title: string; text: string };
export type Reference = { doc_id: string; start: number; end: number };
export type EvalQuery = {
  id: string;
  text: string;
  answers?: string[];
  answerable?: boolean;
  references?: Reference[];
};
/** `relevant` holds the ids of the judged documents of a query. */
export type Dataset = {
  name: string;
  corpus: CorpusDocument[];
  queries: EvalQuery[];
  relevant: Map<string, Set<string>>;
};

/** Reads one set: `NAME.corpus.jsonl`, `NAME.queries.jsonl`, `NAME.qrels.tsv` (query, document, relevance; a header line). */
export function readDataset(folder: string, name: string): Dataset {
  const lines = (file: string) =>
    readFileSync(join(folder, `${name}.${file}`), 'utf8')
      .trim()
      .split('\n');
  const relevant = new Map<string, Set<string>>();
  for (const line of lines('qrels.tsv').slice(1)) {
    const [query, document] = line.split('\t') as [string, string];
    const known = relevant.get(query) ?? new Set();
    relevant.set(query, known.add(document));
  }
  return {
    name,
    corpus: lines('corpus.jsonl').map((line) => JSON.parse(line) as CorpusDocument),
    queries: lines('queries.jsonl').map((line) => JSON.parse(line) as EvalQuery),
    relevant,
  };
}
