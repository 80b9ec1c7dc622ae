import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describeOnServer } from '../support/databases.ts';
import { readDockerfile } from '../support/dockerfile.ts';
import { eventually } from '../support/http.ts';
import { freePort } from '../support/services/free-port.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ADMIN_KEY = 'an-admin-key-out-of-a-file';
const { user, env, copied, command, healthcheck, workdir } = readDockerfile();
const [uid, gid] = user.split(':');

/**
 * A container without a container engine: the kernel shows this command a root that nobody can write to but for the two
 * folders, and makes it a user without capabilities who cannot get any.
 */
const contain = (writable: string[], [program, ...args]: string[]): [string, string[]] => {
  const script = [
    'mount --make-rprivate /',
    ...writable.map((folder) => `mount -t tmpfs -o uid=${uid},gid=${gid} tmpfs '${folder}'`),
    'mount -o remount,bind,ro /',
    `exec setpriv --pdeathsig TERM --reuid ${uid} --regid ${gid} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$0" "$@"`,
  ].join('\n');
  return ['unshare', ['--mount', '/bin/sh', '-euc', script, program!, ...args]];
};
const canContain = spawnSync(...contain([], [process.execPath, '--version'])).status === 0;

(canContain ? describe : describe.skip)('what the Dockerfile puts together', () => {
  describeOnServer('runs as nobody, on a root that cannot be written to', (database) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-container-'));
    const place = (path: string): string => join(folder, path);
    let port: number;
    let server: ChildProcess;
    let output = '';
    /** The image's own command, at the places where its parts are here. */
    const run = (args: string[]): [string, string[], { env: Record<string, string>; cwd: string }] => [
      ...contain(
        [place('/tmp'), place(env.DATA_DIR!)],
        [process.execPath, ...args.map((arg) => arg.replace(workdir, place(workdir)))],
      ),
      {
        cwd: place(workdir),
        env: {
          ...env,
          HOST: '127.0.0.1',
          PORT: String(port),
          DATA_DIR: place(env.DATA_DIR!),
          TMPDIR: place('/tmp'),
          SECRETS_PROVIDER: 'file',
          SECRETS_DIR: place('/secrets'),
        },
      },
    ];
    const probe = (path: string) =>
      promisify(execFile)(...run([healthcheck[1]!, path])).then(
        () => 'well',
        () => 'ill',
      );

    beforeAll(async () => {
      chmodSync(folder, 0o755);
      for (const path of ['/tmp', '/secrets', env.DATA_DIR!, workdir])
        mkdirSync(place(path), { recursive: true });
      for (const path of copied) {
        mkdirSync(dirname(place(join(workdir, path))), { recursive: true });
        cpSync(join(ROOT, path), place(join(workdir, path)), { recursive: true });
      }
      symlinkSync(join(ROOT, 'node_modules'), place(join(workdir, 'node_modules')));
      port = await freePort();
      const { DATABASE_URL } = await database.env();
      writeFileSync(place('/secrets/database-url'), DATABASE_URL!);
      writeFileSync(place('/secrets/admin-api-keys'), ADMIN_KEY);
      expect(await probe('/health')).toBe('ill');
      server = spawn(...run(command.slice(1)));
      for (const stream of [server.stdout!, server.stderr!])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      await eventually(async () => output.includes('listens on'), {
        patienceMs: 60_000,
        what: `a start; ${output}`,
      });
    });
    afterAll(() => {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });

    test('even where everybody may write elsewhere', async () => {
      const write = [
        process.execPath,
        '-e',
        `require('fs').writeFileSync(${JSON.stringify(join(tmpdir(), 'x'))}, '')`,
      ];
      await expect(promisify(execFile)(...contain([], write))).rejects.toThrow('EROFS');
    });

    test('its health check says so', async () => {
      expect([await probe('/health'), await probe('/ready')]).toEqual(['well', 'well']);
      expect(await probe('/no-such-path')).toBe('ill');
    });

    test('it reads a file that was uploaded, in a process of its own, and answers from it', async () => {
      const url = `http://127.0.0.1:${port}`;
      const headers = { 'x-api-key': ADMIN_KEY };
      const form = new FormData();
      form.set('file', new Blob(['<p>The late fee is $8.</p>'], { type: 'text/html' }), 'fees.html');
      const taken = await fetch(`${url}/admin/documents?wait=true`, { method: 'POST', headers, body: form });
      expect(taken.status).toBe(201);
      const asked = await fetch(`${url}/query`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'What is the late fee?' }),
      });
      expect(await asked.json()).toMatchObject({ citations: [{ quote: expect.stringContaining('$8') }] });
    });

    test('SIGTERM reaches it, and ends it in good order; nothing was written to its root', async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(readdirSync(place(workdir)).sort()).toEqual(
        [...new Set(copied.map((path) => path.split('/')[0]!)), 'node_modules'].sort(),
      );
    });
  });
});
