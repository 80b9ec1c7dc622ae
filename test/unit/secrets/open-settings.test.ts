import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, openSettings } from '../../../src/secrets/open-settings.ts';
import { listen } from '../../support/secrets/tls-service.ts';

const environment = process.env;
const home = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-settings-'));
  process.chdir(folder);
  process.env = { NODE_ENV: 'development' };
});
afterEach(() => {
  process.chdir(home);
  process.env = environment;
  rmSync(folder, { recursive: true });
});

describe('the file .env', () => {
  test('sets in development what is not set, and is read anew', async () => {
    process.env.LLM_MODEL = 'of-the-environment';
    writeFileSync('.env', 'LLM_MODEL=of-the-file\nJWT_ISSUER="first"\n');
    const { settings, read } = await openSettings();
    expect(settings).toMatchObject({ LLM_MODEL: 'of-the-environment', JWT_ISSUER: 'first' });
    writeFileSync('.env', 'JWT_ISSUER=second\n');
    expect(await read()).toMatchObject({ LLM_MODEL: 'of-the-environment', JWT_ISSUER: 'second' });
  });

  test('is for Sallyport alone: the environment of the process stays as it is', async () => {
    writeFileSync('.env', 'JWT_ISSUER=first\n');
    await loadSettings();
    expect(process.env).toEqual({ NODE_ENV: 'development' });
  });

  test('is not read in production', async () => {
    process.env.NODE_ENV = 'production';
    writeFileSync('.env', 'JWT_ISSUER=first\n');
    expect((await loadSettings()).JWT_ISSUER).toBeUndefined();
  });
});

describe('settings that are kept elsewhere', () => {
  const keep = (name: string, value: string) => writeFileSync(join(folder, name), value);
  beforeEach(() => {
    Object.assign(process.env, { SECRETS_PROVIDER: 'file', SECRETS_DIR: folder });
  });

  test('win over the environment, and lose to what the caller gives', async () => {
    Object.assign(process.env, {
      LLM_MODEL: 'environment',
      JWT_ISSUER: 'environment',
      JWT_AUDIENCE: 'environment',
    });
    keep('all', '{"LLM_MODEL": "kept", "JWT_ISSUER": "kept"}');
    expect(await loadSettings({ LLM_MODEL: 'given' })).toMatchObject({
      LLM_MODEL: 'given',
      JWT_ISSUER: 'kept',
      JWT_AUDIENCE: 'environment',
    });
  });

  test('are parsed like all others: one that is wrong is named, and not shown', async () => {
    keep('jwt-secret', 'hunter2');
    const failure = await loadSettings().catch((error: unknown) => error as Error);
    expect((failure as Error).message).toMatch(/^JWT_SECRET: /m);
    expect((failure as Error).message).not.toContain('hunter2');
  });

  test('stay as they were when they cannot be read anew', async () => {
    keep('jwt-issuer', 'first');
    const { settings, read } = await openSettings();
    keep('jwt-secret', 'too short');
    await expect(read()).rejects.toThrow('JWT_SECRET');
    expect(settings.JWT_ISSUER).toBe('first');
    rmSync(join(folder, 'jwt-secret'));
    keep('jwt-issuer', 'second');
    expect((await read()).JWT_ISSUER).toBe('second');
  });

  test('are where the environment or the caller says; a place that there is not is named', async () => {
    keep('jwt-issuer', 'kept');
    expect((await loadSettings({ SECRETS_PROVIDER: 'env' })).JWT_ISSUER).toBeUndefined();
    await expect(loadSettings({ SECRETS_PROVIDER: 'vault' })).rejects.toThrow(/^SECRETS_PROVIDER: /m);
    await expect(loadSettings({ SECRETS_PROVIDER: 'azure' })).rejects.toThrow(/^SECRETS_AZURE_VAULT_URL: /);
  });

  test.each([
    'http://x',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'http://10.0.0.1:4566',
    'http://0.0.0.0:4566',
    'http://[::ffff:10.0.0.1]',
    'ftp://127.0.0.1',
  ])('do not travel in the clear: not from %s', async (SECRETS_ENDPOINT) => {
    await expect(loadSettings({ SECRETS_PROVIDER: 'aws', SECRETS_ENDPOINT })).rejects.toThrow(
      /^SECRETS_ENDPOINT: /m,
    );
  });

  test('but from this machine, as LocalStack gives them; not from Google’s service', async () => {
    const aws = createServer((request, response) => {
      const isAsked = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      response
        .writeHead(isAsked ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ Name: 'JWT_ISSUER', SecretString: 'from localstack' }));
    });
    const { port, stop } = await listen(aws);
    process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'test';
    process.env.AWS_REGION = 'us-east-1';
    const from = (SECRETS_PROVIDER: string, host: string) =>
      loadSettings({
        SECRETS_PROVIDER,
        SECRETS_NAMES: 'JWT_ISSUER',
        SECRETS_ENDPOINT: `http://${host}:${port}`,
      });
    for (const host of ['127.0.0.1', 'localhost'])
      expect((await from('aws', host)).JWT_ISSUER).toBe('from localstack');
    await expect(from('gcp', '127.0.0.1')).rejects.toThrow(/^SECRETS_ENDPOINT: .*https/m);
    await stop();
  });
});
