import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { checkSettings, SettingsError } from '../../src/config/load.ts';
import { secretSources } from '../../src/secrets/index.ts';
import type { SecretSource, SecretSourceFactory } from '../../src/secrets/secret-source.ts';
import { secretsSchema } from '../../src/secrets/secrets-settings.ts';
import { describeWith } from '../support/describe-with.ts';
import { secretServices } from '../support/secrets/index.ts';
import type { SecretService } from '../support/secrets/secret-service.ts';

type Provider = keyof typeof secretSources;

/** A place of its own to keep secrets in. */
type Keeper = {
  env: Record<string, string>;
  keep(name: string, value: string): void;
  service?: SecretService;
  stop(): void | Promise<void>;
};

const fromEnvironment = (): Keeper => ({
  env: { SECRETS_PROVIDER: 'env' },
  keep: (name, value) => (process.env[name.toUpperCase().replaceAll('-', '_')] = value),
  stop: () => undefined,
});

const fromFiles = (): Keeper => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
  return {
    env: { SECRETS_PROVIDER: 'file', SECRETS_DIR: folder },
    keep: (name, value) => writeFileSync(join(folder, name), value),
    stop: () => rmSync(folder, { recursive: true }),
  };
};

// One for all tests of a provider: gRPC reads whom it trusts once.
const fromService = async (provider: keyof typeof secretServices): Promise<Keeper> => {
  const service = await secretServices[provider]();
  setDefaultCACertificates([...getCACertificates('default'), service.pem]);
  return {
    service,
    env: service.env,
    keep: (name, value) => service.secrets.set(name, value),
    stop: () => service.stop(),
  };
};

const environment = process.env;
const opened: SecretSource[] = [];
afterEach(async () => {
  for (const source of opened.splice(0)) await source.close?.();
  process.env = environment;
});

const contractOf = (provider: Provider) => () => {
  let keeper: Keeper;
  beforeAll(async () => (keeper = await keepers[provider]()));
  afterAll(() => keeper.stop());

  const open = async (names = ''): Promise<SecretSource> => {
    process.env = { ...environment, ...keeper.env };
    const settings = checkSettings(secretsSchema, { ...keeper.env, SECRETS_NAMES: names });
    const factory: SecretSourceFactory = secretSources[settings.SECRETS_PROVIDER];
    const source = await factory(settings);
    opened.push(source);
    return source;
  };
  /** What a read of these secrets fails with: one readable line without a word of what is kept. */
  const failureOf = async (names: string): Promise<string> => {
    const failure = await open(names)
      .then((source) => source.read())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SettingsError);
    expect(inspect(failure, { depth: null })).not.toContain('not-to-be-seen');
    expect((failure as Error).message).toMatch(/^.+\.$/);
    return (failure as Error).message;
  };

  test('gives settings by their names, and reads them anew each time', async () => {
    const source = await open('openai-api-key, llm-model');
    keeper.keep('openai-api-key', 'sk-first');
    keeper.keep('llm-model', 'a-model');
    expect(await source.read()).toMatchObject({ OPENAI_API_KEY: 'sk-first', LLM_MODEL: 'a-model' });
    keeper.keep('openai-api-key', 'sk-second');
    expect(await source.read()).toMatchObject({ OPENAI_API_KEY: 'sk-second', LLM_MODEL: 'a-model' });
  });
  if (provider === 'env') return;

  test('spreads a JSON object into settings, and takes all else as it is, but for the line break at its end', async () => {
    keeper.keep(
      'sallyport',
      '{"JWT_SECRET": "s3cret", "LLM_MAX_RETRIES": 2, "username": "nobody’s setting"}',
    );
    keeper.keep('openai-api-key', ' sk-ünïcode {"no": "object"} \n');
    const source = await open('sallyport,openai-api-key');
    expect(await source.read()).toMatchObject({
      JWT_SECRET: 's3cret',
      LLM_MAX_RETRIES: '2',
      OPENAI_API_KEY: ' sk-ünïcode {"no": "object"} ',
    });
  });

  test('fails as a whole, and says which secret is no good', async () => {
    keeper.keep('openai-api-key', 'sk-not-to-be-seen');
    keeper.keep('sallyport', '{"API_KEYS": ["k-not-to-be-seen"]}');
    expect(await failureOf('sallyport,openai-api-key')).toMatch(/^The secret sallyport .* API_KEYS\.$/);
  });
  if (provider === 'file') return;

  test('reads what is named, as the setting that it is said to be', async () => {
    keeper.keep('some-key', 'k1');
    keeper.keep('some-object', '{"JWT_SECRET": "not spread"}');
    const source = await open('API_KEYS=some-key, SELF_HARM_MESSAGE=some-object');
    expect(await source.read()).toEqual({
      API_KEYS: 'k1',
      SELF_HARM_MESSAGE: '{"JWT_SECRET": "not spread"}',
    });
  });

  test('says which secret is missing, which is denied, and who keeps it', async () => {
    keeper.keep('openai-api-key', 'sk-not-to-be-seen');
    keeper.keep('closed', 'not-to-be-seen');
    keeper.service?.denied.add('closed');
    const start = (name: string) => `The secret ${name} cannot be read from ${TITLES[provider]}: `;
    expect(await failureOf('openai-api-key,nowhere')).toContain(
      `${start('nowhere')}there is none of that name`,
    );
    expect(await failureOf('openai-api-key,closed')).toContain(`${start('closed')}access is denied`);
  });

  test('says that its credentials are not accepted', async () => {
    keeper.keep('openai-api-key', 'sk-not-to-be-seen');
    keeper.service!.manners = 'distrusts';
    expect(await failureOf('openai-api-key')).toContain('the credentials are not accepted');
    keeper.service!.manners = 'answers';
  });

  test('says that nothing was named, or that something is no setting', async () => {
    keeper.keep('some-key', 'not-to-be-seen');
    expect(await failureOf('')).toMatch(/^SECRETS_NAMES: .*read from/);
    expect(await failureOf('OPENAI_KEY=some-key')).toBe('SECRETS_NAMES: OPENAI_KEY is no setting.');
    expect(await failureOf('some-key')).toMatch(/^The secret some-key .*`SETTING=some-key`/);
  });
};

const TITLES = { aws: 'AWS Secrets Manager', gcp: 'GCP Secret Manager', azure: 'Azure Key Vault' };
const keepers = {
  env: fromEnvironment,
  file: fromFiles,
  aws: () => fromService('aws'),
  gcp: () => fromService('gcp'),
  azure: () => fromService('azure'),
} satisfies Record<Provider, () => Keeper | Promise<Keeper>>;

for (const provider of Object.keys(secretSources) as Provider[]) {
  const title = `secrets from ${provider}`;
  if (provider in secretServices) describeWith('TEST_OPENSSL_BIN', title, contractOf(provider));
  else describe(title, contractOf(provider));
}
