/**
 * `npm run bench:rotation`: every secret is rotated, then both replicas are replaced, one after the other, behind the real nginx
 * under 100 requests a second; what came of the requests is printed, and kept in bench/ROTATION.md. It starts a Postgres, a Redis,
 * an nginx and a model of its own, and takes about a minute.
 */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { askingForPasswords, guardedPostgres, guardedRedis } from '../test/support/guarded-stores.ts';
import { get, ingest, post } from '../test/support/http.ts';
import { startOpenAiServer, writesSlowly } from '../test/support/openai-server.ts';
import { findBinary } from '../test/support/services/find-binary.ts';
import { freePort } from '../test/support/services/free-port.ts';
import { startNginx } from '../test/support/services/nginx.ts';
import { makePostgres } from '../test/support/services/postgres.ts';
import { makeRedis } from '../test/support/services/redis.ts';
import { startServer, type RunningServer } from '../test/support/start-server.ts';
import { JWT_AUDIENCE, JWT_ISSUER, signToken } from '../test/support/tokens.ts';
import { closeAll, closers } from './closers.ts';
import { report } from './rotation/report.ts';
import { startSteadyLoad, type Sent } from './rotation/steady-load.ts';
import { row } from './table.ts';

const PER_SECOND = 100;
const PAUSE_MS = 1_500;

const folder = mkdtempSync(join(tmpdir(), 'sallyport-rotation-'));
chmodSync(folder, 0o711);
closers.push(() => rmSync(folder, { recursive: true, force: true }));
const secrets = mkdtempSync(join(folder, 'secrets-'));
const secretOf = (name: string) => `${name}-is-a-secret-of-the-bench-of-the-rotation`;
const newSigningKey = () =>
  String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const write = (name: string, value: string) => writeFileSync(join(secrets, name), value);

try {
  await measure();
} finally {
  await closeAll();
}

async function measure(): Promise<void> {
  const postgres = await makePostgres(folder, { durable: true, settings: askingForPasswords(folder) });
  const redis = await makeRedis(folder);
  for (const store of [postgres, redis]) {
    closers.push(() => store.stop());
    await store.start();
  }
  const provider = await startOpenAiServer();
  closers.push(() => provider.stop());
  provider.onChat = writesSlowly({ promptTokens: 100, pieces: 20, everyMs: 50, onPiece: () => undefined });

  const database = guardedPostgres(postgres);
  const counters = guardedRedis(redis);
  const firstKey = secretOf('first-key');
  const secondKey = secretOf('second-key');
  write('database-url', await database.admit('first'));
  write('redis-url', await counters.admit('first'));
  write('openai-api-key', 'sk-the-first');
  write('jwt-secret', secretOf('first-jwt'));
  write('api-key-pepper', secretOf('first-pepper'));
  write('admin-api-keys', firstKey);
  write('audit-signing-key', newSigningKey());
  const env = {
    ...provider.env,
    NODE_ENV: 'production',
    ADMIN_API_KEYS: firstKey,
    DATABASE_URL: postgres.url,
    SECRETS_PROVIDER: 'file',
    SECRETS_DIR: secrets,
    SHUTDOWN_DELAY_SECONDS: '5',
    SHUTDOWN_GRACE_SECONDS: '20',
    TOKENS_PER_MINUTE_PER_USER: '1000000000',
    CONCURRENT_STREAMS_PER_USER: '1000',
    LOG_LEVEL: 'warn',
    JWT_ISSUER,
    JWT_AUDIENCE,
  };
  const replicas: RunningServer[] = [];
  closers.push(() => Promise.all(replicas.map((replica) => replica.stop())));
  for (const port of [await freePort(), await freePort()])
    replicas.push(await startServer({ env: { ...env, PORT: String(port) } }));
  await ingest(replicas[0]!, [{ text: 'The portcullis is greased in May, by two people.' }]);
  const nginx = await startNginx({
    binary: findBinary('nginx')!,
    upstream: replicas.map(({ url }) => new URL(url).host),
    // All of the load comes from one address.
    adjust: (text) => text.replace('rate=20r/s', 'rate=1000r/s').replace('burst=40', 'burst=400'),
  });
  closers.push(() => nginx.stop());

  let token = signToken({ scope: 'admin' }, {}, secretOf('first-jwt'));
  let key = firstKey;
  let turn = 0;
  // Tokens and keys by turns: both must go on opening, the old token too.
  const oldToken = token;
  const credentials = (): Record<string, string> =>
    [{ authorization: `Bearer ${token}` }, { 'x-api-key': key }, { authorization: `Bearer ${oldToken}` }][
      (turn += 1) % 3
    ]!;
  const load = startSteadyLoad(nginx, credentials, PER_SECOND);
  const started = performance.now();
  const steps: string[] = [];
  const step = async (what: string, work: () => Promise<void>) => {
    await sleep(PAUSE_MS);
    const begun = performance.now();
    await work();
    steps.push(
      row(what, [((begun - started) / 1_000).toFixed(1), ((performance.now() - begun) / 1_000).toFixed(2)]),
    );
  };
  const reloadBoth = async (expected: string[]) => {
    for (const replica of replicas) {
      const { status, body } = await post({ ...replica, key }, '/admin/secrets/reload', undefined);
      const { rotated = [] } = body as { rotated?: string[] };
      if (status !== 200 || rotated.join() !== expected.join())
        throw new Error(`not rotated: ${status} ${rotated.join(', ')} instead of ${expected.join(', ')}`);
    }
  };

  await step('provider key', async () => {
    write('openai-api-key', 'sk-the-second');
    await reloadBoth(['OPENAI_API_KEY']);
  });
  await step('token secret: the new one is accepted', async () => {
    write('jwt-secret-previous', secretOf('second-jwt'));
    await reloadBoth(['JWT_SECRET_PREVIOUS']);
  });
  await step('token secret: the new one signs, the old one is accepted', async () => {
    write('jwt-secret', secretOf('second-jwt'));
    write('jwt-secret-previous', secretOf('first-jwt'));
    await reloadBoth(['JWT_SECRET', 'JWT_SECRET_PREVIOUS']);
    token = signToken({ scope: 'admin' }, {}, secretOf('second-jwt'));
  });
  await step('pepper', async () => {
    write('api-key-pepper', secretOf('second-pepper'));
    write('api-key-pepper-previous', secretOf('first-pepper'));
    await reloadBoth(['API_KEY_PEPPER', 'API_KEY_PEPPER_PREVIOUS']);
  });
  await step('audit signing key', async () => {
    write('audit-signing-key', newSigningKey());
    await reloadBoth(['AUDIT_SIGNING_KEY']);
  });
  await step('key of the settings: both, then the new one', async () => {
    write('admin-api-keys', `${firstKey},${secondKey}`);
    await reloadBoth(['ADMIN_API_KEYS']);
    key = secondKey;
    await sleep(3_000); // until what was sent with the old one is answered
    write('admin-api-keys', secondKey);
    await reloadBoth(['ADMIN_API_KEYS']);
  });
  await step('Postgres password', async () => {
    write('database-url', await database.admit('second'));
    await reloadBoth(['DATABASE_URL']);
    await database.dismiss('first');
  });
  await step('Redis password', async () => {
    write('redis-url', await counters.admit('second'));
    await reloadBoth(['REDIS_URL']);
    await counters.dismiss('first');
  });
  for (const [index, replica] of [...replicas.entries()])
    await step(`replica ${index + 1}: stopped and started`, async () => {
      const code = await replica.kill('SIGTERM');
      if (code !== 0) throw new Error(`it ended with code ${String(code)}`);
      replicas[index] = await startServer({ env: replica.env });
    });
  await sleep(2 * PAUSE_MS);
  await load.stop();
  const seconds = (performance.now() - started) / 1_000;

  const verified = (await get({ ...replicas[0]!, key }, '/admin/audit/verify')).body as { ok: boolean };
  const unrecorded = await notInTheAuditLog(postgres.url, load.sent);
  const text = report({ sent: load.sent, seconds, steps, unrecorded, chainIsWhole: verified.ok });
  process.stdout.write(text);
  writeFileSync(join(import.meta.dirname, 'ROTATION.md'), text);
}

/** How many requests that were answered have no event. */
async function notInTheAuditLog(url: string, sent: readonly Sent[]): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int from (select unnest($1::text[]) id except
       select event::jsonb ->> 'request_id' from sallyport.audit_events) missing`,
    [sent.flatMap(({ requestId }) => requestId ?? [])],
  );
  await client.end();
  return rows[0]!.count;
}
