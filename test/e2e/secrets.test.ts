import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../support/describe-with.ts';
import { get, ingest, post } from '../support/http.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { runSallyport } from '../support/run-sallyport.ts';
import { secretServices } from '../support/secrets/index.ts';
import type { SecretService } from '../support/secrets/secret-service.ts';
import { startInVain, startServer, type RunningServer } from '../support/start-server.ts';

const KEPT_KEY = 'sk-a-key-that-is-kept-elsewhere';
const KEPT_ADMIN_KEY = 'an-admin-key-that-is-kept-elsewhere';
/** All that the secrets of these tests hold. */
const KEPT = [KEPT_KEY, KEPT_ADMIN_KEY];

/** One line with the reason after the line about the exit code, and nothing of what is kept. */
const expectOneReason = (output: string, reason: string | RegExp): void => {
  const [ending, ...lines] = output.split('\n').filter(Boolean);
  expect(ending).toMatch(/ended with code 1/);
  expect(lines).toEqual([expect.stringMatching(reason)]);
  for (const secret of KEPT) expect(output).not.toContain(secret);
};

/** A server whose keys are kept elsewhere: they are what it answers with, whatever the environment has. */
const answersWithKeptKeys = (env: () => Record<string, string>) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({ env: { ...provider.env, ...env() } });
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  test('starts, and answers with the keys that are kept there', async () => {
    const caller = { ...server, key: KEPT_ADMIN_KEY };
    await ingest(caller, [{ text: 'The archive closes at five.' }]);
    const { status } = await post(caller, '/query', { query: 'When does the archive close?' });
    expect(status).toBe(200);
    expect(provider.chats().map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEPT_KEY}`]);
  });

  test('does not open with the key that the environment has', async () => {
    expect((await get(server, '/admin/documents')).status).toBe(401);
  });

  test('prints no secret', () => {
    for (const secret of KEPT) expect(server.output()).not.toContain(secret);
  });
};

describe('secrets from file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-mounted-'));
  writeFileSync(join(folder, 'openai-api-key'), `${KEPT_KEY}\n`);
  writeFileSync(join(folder, 'admin-api-keys'), KEPT_ADMIN_KEY);
  afterAll(() => rmSync(folder, { recursive: true }));
  const env = { SECRETS_PROVIDER: 'file', SECRETS_DIR: folder };

  answersWithKeptKeys(() => env);

  test('without their folder keep it from starting', async () => {
    const reason = 'Sallyport cannot start: SECRETS_DIR: /no/such/folder cannot be read: ENOENT.';
    expectOneReason(await startInVain({ ...env, SECRETS_DIR: '/no/such/folder' }), reason);
  });
});

const PACKAGES = {
  aws: '@aws-sdk/client-secrets-manager',
  gcp: '@google-cloud/secret-manager',
  azure: '@azure/keyvault-secrets @azure/identity',
};

/** Settings of Node under which a package is not there. */
const without = (packages: string): Record<string, string> => {
  const hook = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (${JSON.stringify(packages.split(' '))}.includes(name)) throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(name, context);
    } });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
};

for (const name of ['aws', 'gcp', 'azure'] as const)
  describeWith('TEST_OPENSSL_BIN', `secrets from ${name}`, () => {
    let service: SecretService;
    let env: Record<string, string>;
    beforeAll(async () => {
      service = await secretServices[name]();
      env = { ...service.env, SECRETS_NAMES: 'sallyport,openai-api-key' };
      service.secrets
        .set('sallyport', JSON.stringify({ ADMIN_API_KEYS: KEPT_ADMIN_KEY }))
        .set('openai-api-key', KEPT_KEY)
        .set('closed', KEPT_KEY);
      service.denied.add('closed');
    });
    afterAll(() => service.stop());

    answersWithKeptKeys(() => env);

    test('keep it from starting where one is denied', async () => {
      const output = await startInVain({ ...env, SECRETS_NAMES: 'sallyport,closed' });
      expectOneReason(output, /^Sallyport cannot start: The secret closed .*: access is denied/);
    });

    test('keep it from starting where the SDK is not installed', async () => {
      const output = await startInVain({ ...env, ...without(PACKAGES[name]) });
      expectOneReason(output, `SECRETS_PROVIDER=${name} needs \`npm install ${PACKAGES[name]}\`.`);
    });
  });

describeWith('TEST_OPENSSL_BIN', 'a command of Sallyport', () => {
  let service: SecretService;
  beforeAll(async () => (service = await secretServices.gcp()));
  afterAll(() => service.stop());

  test('ends with the reason, and in time, where secrets are never answered', async () => {
    service.manners = 'hangs';
    const command = runSallyport(['keys', 'list'], { ...service.env, SECRETS_NAMES: 'openai-api-key' });
    expect(await command.ended).toBe(1);
    expect(command.output()).toMatch(
      /^sallyport: The secret openai-api-key .*: there was no answer in time\.\n$/,
    );
  });
});
