import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage, type InstalledPackage } from '../support/installed-package.ts';
import { boundToRunner } from '../support/services/bound-to-runner.ts';
import { inherited } from '../support/start-server.ts';

const README = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
/** Every TypeScript example of the README, on a port of its own. */
const EXAMPLES = [...README.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) =>
  code!.replace('listen(8000)', 'listen(0)'),
);
/** It builds the package, and reads 250 others from npm's cache or the registry. */
const INSTALL_MS = 600_000;
const STRICT = [
  '--strict',
  '--skipLibCheck',
  'false',
  '--module',
  'nodenext',
  '--target',
  'es2024',
  '--types',
  'node',
];

describe('the package, packed and installed into an empty folder, on the oldest Node that it allows', () => {
  let empty: string;
  let installed: InstalledPackage;
  beforeAll(async () => {
    empty = mkdtempSync(join(tmpdir(), 'sallyport-package-'));
    installed = await installPackage(empty);
  }, INSTALL_MS);
  afterAll(() => rmSync(empty, { recursive: true, force: true }));

  test('carries no Node of its own', async () => {
    const manifest = JSON.parse(
      readFileSync(join(installed.folder, 'node_modules', 'sallyport', 'package.json'), 'utf8'),
    ) as { dependencies: Record<string, string>; engines: { node: string } };
    expect(manifest.dependencies).not.toHaveProperty('node');
    expect(manifest.engines.node).toBe('>=22.15');
  });

  test('gives by import what it gives by require: all that the source exports', async () => {
    const names = 'console.log(JSON.stringify(Object.keys(library).sort()))';
    const imported = await installed.run(
      installed.node,
      '--input-type=module',
      '-e',
      `import * as library from 'sallyport'; ${names}`,
    );
    const required = await installed.run(
      installed.node,
      '--no-warnings',
      '--input-type=commonjs',
      '-e',
      `const library = require('sallyport'); ${names}`,
    );
    expect(JSON.parse(imported)).toEqual(Object.keys(await import('sallyport')).sort());
    expect(required).toBe(imported);
  });

  test('every example of the README compiles strictly against its types, and runs', async () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(3);
    const files = EXAMPLES.map((_, place) => `example-${place}.mts`);
    for (const [place, code] of EXAMPLES.entries()) {
      // An example that listens would go on for ever.
      const ends = code.includes('listen(') ? `${code}\nprocess.exit(0);\n` : code;
      await writeFile(join(installed.folder, files[place]!), ends);
    }
    await installed.run('node_modules/.bin/tsc', ...STRICT, ...files);
    const printed: string[] = [];
    for (const file of files) printed.push(await installed.run(installed.node, file.replace('.mts', '.mjs')));
    expect(printed.join('\n')).toContain('The late fee is $8. [1]');
    expect(printed.join('\n')).toContain("value: 'Jana Novak'");
    expect(printed.join('\n')).toContain('Call me at [PHONE_NUMBER]');
  });

  test('`sallyport serve` starts and answers', async () => {
    const child = spawn(...boundToRunner(installed.node, ['node_modules/sallyport/src/bin.js', 'serve']), {
      cwd: installed.folder,
      env: {
        ...inherited,
        PORT: '0',
        DATA_DIR: join(empty, 'data'),
        NODE_ENV: 'test',
        API_KEYS: 'k'.repeat(24),
      },
      detached: true,
    });
    const ended = once(child, 'exit');
    try {
      let output = '';
      const url = await new Promise<string>((listening, fail) => {
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => {
            output += text;
            const [, address] = /listens on (http:\S+)/.exec(output) ?? [];
            if (address) listening(address);
          });
        child.once('exit', () => fail(new Error(output)));
      });
      expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' });
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  });
});
