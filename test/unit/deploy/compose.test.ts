import { describe, expect, test } from '@jest/globals';
import { DCLinter } from 'dclint';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseSettings } from '../../../src/config/load.ts';
import { createFileSource } from '../../../src/secrets/file-secret-source.ts';
import { describeWith } from '../../support/describe-with.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what tests look into, and no more than that
type Service = Record<string, any>;

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FILE = join(ROOT, 'deploy', 'compose.yaml');
const MAKE_SECRETS = join(ROOT, 'deploy', 'make-secrets.sh');
const NGINX_CONF = readFileSync(join(ROOT, 'nginx.conf'), 'utf8');
const compose = parse(readFileSync(FILE, 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};
const { services, networks, secrets } = compose;
const replicas = ['sallyport-1', 'sallyport-2'].map((name) => services[name]!);
const settings = parseSettings(replicas[0]!.environment as Record<string, string>);
/** Matters of the order in which a file is written, and the one door that is meant to be open. */
const NOT_ASKED = [
  'service-keys-order',
  'services-alphabetical-order',
  'service-dependencies-alphabetical-order',
  'top-level-properties-order',
  'no-build-and-image',
  'no-unbound-port-interfaces',
];

describe('the compose file', () => {
  test('keeps to the compose specification, and its linter has nothing to say', () => {
    const rules = Object.fromEntries(NOT_ASKED.map((rule) => [rule, 0 as const]));
    const [result] = new DCLinter({ rules, quiet: false, debug: false, exclude: [] }).lintFiles(
      [FILE],
      false,
    );
    expect(result!.messages).toEqual([]);
  });

  test.each(Object.entries(services))(
    '%s runs as nobody, on a root that it cannot write to',
    (name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        pids_limit: expect.any(Number),
        mem_limit: expect.any(String),
        healthcheck: { test: expect.any(Array) },
      });
      expect(service).not.toHaveProperty('privileged');
      expect(service).not.toHaveProperty('cap_add');
      // That of Sallyport is said by its image.
      if (!name.startsWith('sallyport')) expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    },
  );

  test('only nginx can be reached, and nobody but nginx reaches the internet', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name)).toEqual(['nginx']);
    expect(networks.inside!.internal).toBe(true);
    for (const [name, service] of Object.entries(services)) {
      const joined = Array.isArray(service.networks)
        ? service.networks
        : Object.keys(service.networks as object);
      expect([name, joined]).toEqual([name, name === 'nginx' ? ['outside', 'inside'] : ['inside']]);
    }
  });

  test('the replicas believe nginx alone about where a request comes from', () => {
    expect(settings.TRUST_PROXY).toBe(services.nginx!.networks.inside.ipv4_address);
  });

  test('everybody waits for whom he needs', () => {
    const healthy = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [name, { condition: 'service_healthy' }]));
    expect(services.nginx!.depends_on).toEqual(healthy('sallyport-1', 'sallyport-2'));
    for (const replica of replicas) expect(replica.depends_on).toEqual(healthy('postgres', 'redis'));
  });

  test('a replica that stops leaves nginx the time to learn of it, and is left the time that it needs', () => {
    const secondsIn = (pattern: RegExp): number => Number(pattern.exec(NGINX_CONF)![1]);
    const { SHUTDOWN_DELAY_SECONDS: delay, SHUTDOWN_GRACE_SECONDS: grace } = settings;
    expect(delay).toBeGreaterThan(secondsIn(/upstream sallyport \{[^}]*keepalive_timeout (\d+)s/));
    for (const replica of replicas)
      expect(parseInt(replica.stop_grace_period as string)).toBeGreaterThan(2 * delay + grace);
  });

  test('nginx is given nginx.conf, with both replicas, and is otherwise left alone', () => {
    const [script] = services.nginx!.command as [string];
    const [change] = script.replaceAll('$$', '$').split('\nexec ');
    const changed = execFileSync(
      '/bin/sh',
      [
        '-euc',
        change!
          .replace(' >/tmp/nginx.conf', '')
          .replace('/etc/nginx/sallyport.conf', join(ROOT, 'nginx.conf')),
      ],
      {
        env: { PATH: process.env.PATH, PUBLIC_NAME: 'rag.example.com' },
        encoding: 'utf8',
      },
    );
    const [before, after] = [NGINX_CONF, changed].map((text) => text.split('\n'));
    const lines = after!.filter((line, index) => line !== before![index]);
    expect(after).toHaveLength(before!.length);
    const addresses = replicas.map(({ networks }) => networks.inside.ipv4_address as string);
    const server = (parameters: string) =>
      addresses.map((address) => expect.stringMatching(`^ {4}server ${address}:8000 ${parameters}; `));
    expect(lines).toEqual([
      ...server('max_fails=3 fail_timeout=3s'),
      ...server('max_fails=0 backup'),
      expect.stringMatching(/^ {4}default rag\.example\.com; /),
    ]);
  });

  test('a secret is given to whom it concerns', () => {
    expect(services.postgres!.secrets).toEqual(['postgres-password', 'database-password']);
    expect(services.redis!.secrets).toEqual(['redis-password']);
    for (const replica of replicas) expect(replica.secrets).not.toContain('postgres-password');
  });
});

describeWith('TEST_OPENSSL_BIN', 'its secrets', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'sallyport-compose-')), 'secrets');
  const make = (name: string) =>
    execFileSync('/bin/sh', [MAKE_SECRETS, folder], {
      env: { PATH: process.env.PATH, PUBLIC_NAME: name },
      encoding: 'utf8',
    });
  const contents = () =>
    Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));

  test('are made, each once: every one that the compose file names, in a folder that nobody else comes into', () => {
    expect(make('rag.example.com')).toBe('');
    const first = contents();
    for (const { file } of Object.values(secrets))
      expect(first).toHaveProperty([file.replace('secrets/', '')], expect.stringMatching(/\S/));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(first['.gitignore']).toBe('*\n');
    make('another.example.com');
    expect(contents()).toEqual(first);
  });

  test('those that a replica gets are settings, and it can start with them', async () => {
    make('localhost');
    const given = await createFileSource({ SECRETS_DIR: folder }).read();
    const own = (replicas[0]!.secrets as string[]).map((name) => name.toUpperCase().replaceAll('-', '_'));
    expect(Object.keys(given).sort()).toEqual([...own].sort());
    expect(() => parseSettings({ NODE_ENV: 'production', ...given })).not.toThrow();
    const password = (file: string) => readFileSync(join(folder, file), 'utf8').trim();
    expect(given.DATABASE_URL).toBe(
      `postgres://sallyport:${password('database-password')}@postgres:5432/sallyport`,
    );
    expect(given.REDIS_URL).toBe(`redis://:${password('redis-password')}@redis:6379`);
  });
});
