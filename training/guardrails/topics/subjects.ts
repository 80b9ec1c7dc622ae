import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { direction, embedPhrase, type StoredSubject } from '../../../src/guardrails/topics/topic-bank.ts';
import { ASSISTANT_DOMAINS, COURTESIES } from './assistant-domains.ts';

export type Request = { id: string; text: string; domain: string; intent: string };
/** A subject with the texts that it was made of. */
export type TaughtSubject = StoredSubject & { texts: Float32Array[] };

/** CLINC150 calls it so where a request fits none of its domains. */
export const OUT_OF_SCOPE = 'oos';

/** Kept from all training, for the evaluation. */
export function isHeldBack({ id }: { id: string }): boolean {
  return createHash('sha256').update(id).digest()[0]! % 5 === 0;
}

export function readRequests(folder: string, name: 'clinc150' | 'banking77'): Request[] {
  const lines = readFileSync(join(folder, 'topics', `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Request);
}

/** A subject for each intent of the requests, and for each line that was written. */
export function makeSubjects(clinc: readonly Request[], banking: readonly Request[]): TaughtSubject[] {
  const ofIntents = (requests: readonly Request[], source: (request: Request) => string) =>
    [...Map.groupBy(requests, ({ intent }) => intent)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([intent, some]) => {
        const { domain } = some[0]!;
        const spoken = intent.replaceAll('_', ' ').replace('?', '').toLowerCase();
        return makeSubject({
          names: [...ASSISTANT_DOMAINS[domain]!.names, spoken],
          source: source(some[0]!),
          texts: some.map(({ text }) => text),
          isCourtesy: COURTESIES.has(intent),
        });
      });
  return [
    ...ofIntents(
      clinc.filter(({ domain }) => domain !== OUT_OF_SCOPE),
      ({ domain }) => `clinc150/${domain}`,
    ),
    ...ofIntents(banking, () => 'banking77'),
    ...written('everyday-topics.txt', false),
    ...written('courtesy.txt', true),
  ];
}

function written(name: string, isCourtesy: boolean): TaughtSubject[] {
  const lines = readFileSync(join(import.meta.dirname, name), 'utf8')
    .split('\n')
    .filter((line) => line.includes('|'));
  return lines.map((line) => {
    const [names, texts] = line.split('|') as [string, string];
    const trimmed = (list: string, mark: string) => list.split(mark).map((entry) => entry.trim());
    return makeSubject({
      names: trimmed(names, ','),
      source: 'written',
      texts: trimmed(texts, ';'),
      isCourtesy,
    });
  });
}

function makeSubject({
  names,
  source,
  texts,
  isCourtesy,
}: {
  names: string[];
  source: string;
  texts: string[];
  isCourtesy: boolean;
}): TaughtSubject {
  const vectors = texts.map(embedPhrase);
  return {
    names,
    source,
    ...(isCourtesy && { courtesy: true as const }),
    centre: centreOf(vectors),
    texts: vectors,
  };
}

/** The middle of some vectors, as it is stored. */
export function centreOf(vectors: readonly Float32Array[]): string {
  const middle = direction(vectors);
  const most = Math.max(...middle.map(Math.abs));
  const bytes = Int8Array.from(middle, (value) => Math.round((127 * value) / most));
  return Buffer.from(bytes.buffer).toString('base64');
}

/** The subjects without those of some domains: what a bank would be that had never heard of them. */
export function forget<Subject extends StoredSubject>(
  subjects: readonly Subject[],
  domains: readonly string[],
): Subject[] {
  const sources = new Set(domains.map((domain) => `clinc150/${domain}`));
  if (domains.includes('banking') || domains.includes('credit_cards')) sources.add('banking77');
  return subjects.filter(({ source }) => !sources.has(source));
}
