import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, createApp, createRagPipeline, type RagPipeline } from 'sallyport';
import request from 'supertest';

const KEY = 'a-key-for-the-library-tests';

describe('as a library', () => {
  let folder: string;
  let rag: RagPipeline;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-library-'));
    rag = await createRagPipeline({ NODE_ENV: 'test', DATA_DIR: folder, API_KEYS: KEY, LOG_LEVEL: 'error' });
  });
  afterAll(async () => {
    await rag.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('texts go in, and a question is answered from them', async () => {
    const [document] = await rag.ingestTexts([{ text: 'The late fee is $8 for every card.', title: 'Fees' }]);
    expect(document).toMatchObject({ title: 'Fees', status: 'indexed', chunks: 1, version: 1 });
    const answer = await rag.run('What is the late fee?');
    expect(answer.answer).toContain('The late fee is $8 for every card. [1]');
    expect(answer.citations).toMatchObject([{ index: 1, title: 'Fees', documentId: document!.id }]);
  });

  test('another tenant knows nothing of them', async () => {
    expect(await rag.run('What is the late fee?', { tenant: 'other' })).toMatchObject({
      refused: true,
      citations: [],
    });
  });

  test('texts of a caller with groups are for these groups, or for those of them that a text names', async () => {
    const caller = { tenant: 'grouped', groups: ['hr', 'board'] };
    const question = 'When are the bonuses paid?';
    const text = 'The bonuses are paid in March.';
    const [document] = await rag.ingestTexts([{ text, source: 'bonus' }], caller);
    const cited = async (groups: string[]) =>
      (await rag.run(question, { tenant: 'grouped', groups })).citations.map(({ documentId }) => documentId);
    expect(await cited([])).toEqual([]);
    expect(await cited(['hr'])).toEqual([document!.id]);
    await rag.ingestTexts([{ text, source: 'bonus', groups: ['board'] }], caller);
    expect(await cited(['hr'])).toEqual([]);
    expect(await cited(['board'])).toEqual([document!.id]);
    for (const groups of [[], ['sales']])
      await expect(rag.ingestTexts([{ text, groups }], caller)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      rag.ingestTexts([{ text, source: 'bonus' }], { tenant: 'grouped', groups: ['hr'] }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  test('createApp gives an Express app, to listen with or to mount', async () => {
    const mounted = express().use('/knowledge', createApp(rag));
    await request(mounted).get('/knowledge/health').expect(200, { status: 'ok' });
    await request(mounted).post('/knowledge/query').send({ query: 'What is the late fee?' }).expect(401);
    const reply = await request(mounted)
      .post('/knowledge/query')
      .set('X-API-Key', KEY)
      .send({ query: 'What is the late fee?' })
      .expect(200);
    expect(reply.body.citations).toHaveLength(1);
  });

  test('what a mounted app says of itself, and what its page asks for, is under its path', async () => {
    const mounted = request(express().use('/knowledge', createApp(rag)));
    const { body } = await mounted.get('/knowledge/openapi.json').expect(200);
    expect(body.servers).toEqual([{ url: '/knowledge' }]);
    const problem = await mounted.get('/knowledge/admin/keys').expect(401);
    expect(problem.body.instance).toBe('/knowledge/admin/keys');
    expect((await mounted.get('/knowledge/nothing').expect(404)).body.instance).toBe('/knowledge/nothing');
    await mounted.get('/knowledge').expect(301).expect('Location', '/knowledge/');
    for (const page of ['/knowledge/', '/knowledge/docs']) {
      const { text } = await mounted.get(page).expect(200);
      const named = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path!);
      expect(named.length).toBeGreaterThan(5);
      for (const path of named)
        await mounted.get(new URL(path, `http://localhost${page}`).pathname).expect(200);
      for (const path of named)
        expect(new URL(path, `http://localhost${page}`).pathname).toMatch(/^\/knowledge\//);
    }
    const root = request(createApp(rag));
    expect((await root.get('/openapi.json')).body.servers).toEqual([{ url: '/' }]);
    expect((await root.get('/nothing')).body.instance).toBe('/nothing');
  });

  test('an empty text is refused, by the error that the library exports', async () => {
    await expect(rag.ingestTexts([{ text: '   ' }])).rejects.toThrow(AppError);
  });
});
