import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileSource } from '../../../src/secrets/file-secret-source.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = () => createFileSource({ SECRETS_DIR: folder }).read();
const write = (name: string, value: string) => writeFileSync(join(folder, name), value);

/** Puts files in place as Kubernetes does: a folder of their own, and one link to it that is replaced. */
const mount = (version: string, files: Record<string, string>) => {
  mkdirSync(join(folder, version));
  for (const [name, value] of Object.entries(files)) {
    write(join(version, name), value);
    rmSync(join(folder, name), { force: true });
    symlinkSync(join('..data', name), join(folder, name));
  }
  symlinkSync(version, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
};

describe('mounted secrets', () => {
  test('are found as Kubernetes mounts them, one version after the other', async () => {
    mount('..2030_01_01', { 'openai-api-key': 'sk-1', 'sallyport.json': '{"JWT_SECRET": "s1"}' });
    expect(await read()).toEqual({ OPENAI_API_KEY: 'sk-1', JWT_SECRET: 's1' });
    mount('..2030_01_02', { 'openai-api-key': 'sk-2', 'sallyport.json': '{"JWT_SECRET": "s2"}' });
    expect(await read()).toEqual({ OPENAI_API_KEY: 'sk-2', JWT_SECRET: 's2' });
  });

  test('are files: folders, hidden files and what is for somebody else are passed over', async () => {
    write('OPENAI_API_KEY', 'sk-1\n');
    write('.openai-api-key', 'sk-of-an-editor');
    write('tls.crt', '-----BEGIN CERTIFICATE-----');
    mkdirSync(join(folder, 'kubernetes.io'));
    writeFileSync(join(folder, 'kubernetes.io', 'jwt-secret'), 's');
    expect(await read()).toEqual({ OPENAI_API_KEY: 'sk-1' });
  });

  test('that cannot be read are named', async () => {
    symlinkSync(join(folder, 'nowhere'), join(folder, 'jwt-secret'));
    await expect(read()).rejects.toThrow(`The secret jwt-secret in ${folder} cannot be read: ENOENT.`);
    rmSync(join(folder, 'jwt-secret'));
    write('jwt-secret', 's'.repeat(65_537));
    await expect(read()).rejects.toThrow('The secret jwt-secret is larger than 64 KiB.');
    rmSync(folder, { recursive: true });
    await expect(read()).rejects.toThrow(`SECRETS_DIR: ${folder} cannot be read: ENOENT.`);
  });

  test('may be none', async () => {
    expect(await read()).toEqual({});
  });
});
