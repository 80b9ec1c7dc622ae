import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/package-root.ts';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { ingest, post } from '../support/http.ts';
import { startInVain, startServer, type RunningServer } from '../support/start-server.ts';

/** Questions, and the text that answers each in words of its own. */
const ANSWERS: Record<string, string> = {
  'Where can I eat a meal?': 'The cafeteria serves lunch from noon until two o’clock.',
  'I forgot my login credentials': 'Reset your password in the account settings.',
  'Will there be stormy weather?': 'Rain and strong wind are expected along the coast tomorrow.',
  'Which artworks can visitors admire?': 'The museum exhibits paintings from the seventeenth century.',
  'Am I allowed to light a cigarette indoors?': 'Smoking is forbidden in all buildings.',
};
const DISTRACTORS = [
  'Employees receive twenty-five days of paid vacation per year.',
  'Cats and dogs must be kept on a leash in the park.',
  'The physician examines patients every Monday morning.',
  'The train to the airport leaves every ten minutes.',
  'Our headquarters moved to Berlin last spring.',
  'The invoice must be paid within thirty days of receipt.',
];

describeOnEveryDatabase('with no setting for embeddings', (database) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ env: await database.env() });
    const texts = [...Object.values(ANSWERS), ...DISTRACTORS];
    await ingest(
      server,
      texts.map((text) => ({ text, title: 'House rules' })),
    );
  });
  afterAll(() => server.stop());

  const search = async (query: string) =>
    (await post(server, '/search', { query })).body.chunks as { text: string; score: number }[];
  /** Each question with all that is found for it, scores included. */
  const searchAll = () =>
    Promise.all(Object.keys(ANSWERS).map(async (query) => ({ query, found: await search(query) })));
  const storedEmbeddings = () =>
    asOwner(server, (sql) =>
      // With the transaction that wrote each: the same vector written again has another.
      sql('select chunk_id, embedder, xmin::text, embedding::text from chunk_embeddings order by chunk_id'),
    );

  test('a question finds first what answers it, though the two share no word', async () => {
    for (const [question, answer] of Object.entries(ANSWERS)) {
      const words = question.toLowerCase().match(/[a-z]{3,}/g)!;
      expect(words.filter((word) => answer.toLowerCase().includes(word))).toEqual([]);
    }
    const missed = (await searchAll()).filter(({ query, found }) => found[0]?.text !== ANSWERS[query]);
    // So small a model may be wrong about one.
    expect(missed.slice(1)).toEqual([]);
  });

  test('it is the same after a restart, for which nothing is embedded again', async () => {
    const [found, embeddings] = [await searchAll(), await storedEmbeddings()];
    expect(embeddings).toHaveLength(Object.keys(ANSWERS).length + DISTRACTORS.length);
    const { env } = server;
    await server.stop();
    server = await startServer({ env });
    expect(await searchAll()).toEqual(found);
    expect(await storedEmbeddings()).toEqual(embeddings);
  });
});

describe('a model of which one bit is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-damaged-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['embeddings.safetensors', 'vocabulary.txt'])('is not started with: %s', async (file) => {
    cpSync(join(packageRoot, 'models', 'static'), folder, { recursive: true });
    const content = readFileSync(join(folder, file));
    content[content.length >> 1]! ^= 1;
    writeFileSync(join(folder, file), content);
    const problem = await startInVain({ EMBEDDING_MODEL: folder });
    expect(problem).toContain(
      `The embedding model in ${folder} is damaged: ${file} is not what its checksums.txt says.`,
    );
    expect(problem).toMatch(/ended with code [1-9]/);
    expect(problem).not.toMatch(/^ +at /m);
  });
});
