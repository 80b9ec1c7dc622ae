import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKeyPairSync, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, post, type Reply } from '../support/http.ts';
import { makeKey, searchStatus } from '../support/keys.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { readScrape, total } from '../support/prometheus.ts';
import { runSallyport } from '../support/run-sallyport.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_AUDIENCE, JWT_ISSUER, signToken } from '../support/tokens.ts';

const secretOf = (name: string) => `${name.replaceAll(' ', '-')}-is-a-secret-of-the-tests-of-the-rotation`;
const signingKey = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

describeOnEveryDatabase('secrets that change while the server runs', (database) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
  const write = (secrets: Record<string, string>): void => {
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), `${value}\n`);
  };
  let provider: OpenAiServer;
  let server: RunningServer;
  const reload = (): Promise<Reply> => post(server, '/admin/secrets/reload', undefined);
  const reloaded = async (): Promise<unknown> => (await reload()).body.rotated;
  const opens = (token: string): Promise<number> => searchStatus(server, { token });

  beforeAll(async () => {
    provider = await startOpenAiServer();
    write({
      'openai-api-key': 'sk-the-first',
      'jwt-secret': secretOf('first'),
      'api-key-pepper': secretOf('pepper one'),
      'audit-signing-key': String(signingKey()),
      'api-keys': secretOf('query'),
    });
    server = await startServer({
      env: {
        ...(await database.env()),
        ...provider.env,
        SECRETS_PROVIDER: 'file',
        SECRETS_DIR: folder,
        SECRETS_OVERLAP_SECONDS: '3',
        JWT_ISSUER,
        JWT_AUDIENCE,
      },
    });
    await ingest(server, [{ text: 'The seal of the archive is changed every spring.' }]);
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('nothing is said to have changed where nothing has', async () => {
    expect(await reload()).toMatchObject({ status: 200, body: { rotated: [] } });
  });

  test('the provider is asked with the new key from the next question on', async () => {
    const ask = () => post(server, '/query', { query: 'When is the seal of the archive changed?' });
    expect((await ask()).status).toBe(200);
    write({ 'openai-api-key': 'sk-the-second' });
    expect(await reloaded()).toEqual(['OPENAI_API_KEY']);
    expect((await ask()).status).toBe(200);
    expect(provider.chats().map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sk-the-first',
      'Bearer sk-the-second',
    ]);
  });

  test('a token of the old secret opens for the overlap, one of the new secret at once', async () => {
    const token = (secret: string) => signToken({}, {}, secretOf(secret));
    const { body } = await post(server, '/token', {
      client_id: (await makeKey(server)).id,
      client_secret: 'not this one',
    });
    expect(body.code).toBe('unauthenticated');
    expect([await opens(token('first')), await opens(token('second'))]).toEqual([200, 401]);
    write({ 'jwt-secret': secretOf('second') });
    expect(await reloaded()).toEqual(['JWT_SECRET']);
    expect([await opens(token('first')), await opens(token('second'))]).toEqual([200, 200]);
    await eventually(async () => (await opens(token('first'))) === 401, { what: 'the end of the overlap' });
    expect(await opens(token('second'))).toBe(200);
  });

  test('the secret before is accepted for as long as the settings name it', async () => {
    write({ 'jwt-secret-previous': secretOf('first') });
    expect(await reloaded()).toEqual(['JWT_SECRET_PREVIOUS']);
    expect(await opens(signToken({}, {}, secretOf('first')))).toBe(200);
  });

  test('a key of the settings opens once it is there, and no more once it is gone', async () => {
    const [before, after] = [secretOf('query'), secretOf('another')];
    const openWith = async () => [
      await searchStatus(server, { key: before }),
      await searchStatus(server, { key: after }),
    ];
    expect(await openWith()).toEqual([200, 401]);
    write({ 'api-keys': after });
    expect(await reloaded()).toEqual(['API_KEYS']);
    expect(await openWith()).toEqual([401, 200]);
  });

  test('keys under the old pepper open while it is named, and are counted when it is not', async () => {
    const { id, key } = await makeKey(server);
    write({ 'api-key-pepper': secretOf('pepper two'), 'api-key-pepper-previous': secretOf('pepper one') });
    expect(await reloaded()).toEqual(['API_KEY_PEPPER', 'API_KEY_PEPPER_PREVIOUS']);
    const { key: newKey, id: newId } = await makeKey(server);
    expect([await searchStatus(server, { key }), await searchStatus(server, { key: newKey })]).toEqual([
      200, 200,
    ]);
    const peppers = await asOwner(server, (sql) =>
      sql<{ pepper_id: string }>('select distinct pepper_id from api_keys where id = any ($1)', [
        [id, newId],
      ]),
    );
    expect(peppers).toHaveLength(2);
    write({ 'api-key-pepper-previous': secretOf('pepper zero') });
    expect(await reloaded()).toEqual(['API_KEY_PEPPER_PREVIOUS']);
    await eventually(async () => (await searchStatus(server, { key })) === 401, {
      what: 'the end of the overlap',
    });
    expect(await searchStatus(server, { key: newKey })).toBe(200);
    write({ 'api-key-pepper-previous': secretOf('pepper nought') });
    await reload();
    await eventually(async () => /pepper is not known.*"orphans":[1-9]/.test(server.output()), {
      what: 'the warning',
    });
  });

  test('what the old key signed still counts, here and where a new process is told its public half', async () => {
    const oldPem = createPublicKey(await auditKey()).export({ type: 'spki', format: 'pem' });
    const verify = () => get(server, '/admin/audit/verify');
    write({ 'audit-signing-key': String(signingKey()) });
    expect(await reloaded()).toEqual(['AUDIT_SIGNING_KEY']);
    expect((await verify()).body).toMatchObject({ ok: true });
    expect(String(createPublicKey(await auditKey()).export({ type: 'spki', format: 'pem' }))).not.toBe(
      oldPem,
    );
  });

  const auditKey = async (): Promise<string> => {
    const run = runSallyport(['audit', 'key'], server.env);
    expect(await run.ended).toBe(0);
    return run.output();
  };

  test('a reload that fails changes nothing, and says so in the answer, the log, the metrics and the audit log', async () => {
    write({ 'openai-api-key': 'sk-the-third', 'jwt-secret': 'too short' });
    expectProblem(await reload(), 503, 'unavailable');
    expect(await opens(signToken({}, {}, secretOf('second')))).toBe(200);
    await post(server, '/query', { query: 'When is the seal of the archive changed?' });
    expect(provider.chats().at(-1)!.headers.authorization).toBe('Bearer sk-the-second');
    await eventually(async () => server.output().includes('secrets were not reloaded'), { what: 'the log' });
    expect(server.output()).not.toContain('too short');
    const { body } = await get(server, '/metrics');
    expect(total(readScrape(String(body)), 'sallyport_secrets_reloads_total', { outcome: 'failure' })).toBe(
      1,
    );
    const actions = await eventually(
      async () => {
        const { events } = (await get(server, '/admin/audit?event=admin_action&limit=200')).body;
        const ours = (events as Reply['body'][]).filter(({ action }) => action === 'secrets.rotate');
        return ours.some(({ outcome }) => outcome === 'failure') && ours;
      },
      { what: 'the audit event' },
    );
    expect(actions).toContainEqual(expect.objectContaining({ outcome: 'success', target: 'JWT_SECRET' }));
  });

  test('a signal reloads them as well', async () => {
    write({ 'jwt-secret': secretOf('third') });
    process.kill(server.pid, 'SIGHUP');
    await eventually(async () => (await opens(signToken({}, {}, secretOf('third')))) === 200, {
      what: 'the new secret',
    });
  });

  test('no secret was ever printed', () => {
    for (const secret of ['first', 'second', 'third', 'pepper one', 'query'])
      expect(server.output()).not.toContain(secretOf(secret));
    expect(server.output()).not.toContain('sk-the');
  });
});
