import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDockerfile } from '../../support/dockerfile.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const dockerfile = readDockerfile();

describe('the Dockerfile', () => {
  test('begins with the Node that the tests run on', () => {
    expect(dockerfile.base).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim(@sha256:[0-9a-f]{64})?$/);
    expect(dockerfile.base).toContain(`:${process.versions.node}-`);
  });

  test('does not run as root, and says so by number', () => {
    expect(dockerfile.user).toMatch(/^[1-9]\d{4,}:[1-9]\d{4,}$/);
  });

  test('copies what is there and may be sent, and a build is sent nothing else', () => {
    for (const path of dockerfile.copied) expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    expect(new Set(dockerfile.copied)).toEqual(new Set(dockerfile.sent));
  });

  test('leaves nothing out that is needed to run: every folder of the package but its build', () => {
    const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    const folders = files.filter((file) => !file.includes('.') && file !== 'dist');
    expect(dockerfile.copied).toEqual(expect.arrayContaining([...folders, 'src', 'middleware', 'routes']));
  });
});
