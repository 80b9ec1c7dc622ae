import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSettings } from '../../src/config/load.ts';
import { settingsSchema } from '../../src/config/schema.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => (existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : '');

const names = Object.keys(settingsSchema.shape).sort();
/** What a setting is when nobody sets it, as one would write it into the environment. */
const defaults = new Map(
  Object.entries(settingsSchema.parse({})).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(',') : String(value as string | undefined),
  ]),
);

describe('.env.example', () => {
  const lines = [...read('.env.example').matchAll(/^(#\s?)?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
    ([, comment, name, value]) => ({
      name: name!,
      value: value!.replace(/\s+#.*$/, '').trim(),
      isComment: Boolean(comment),
    }),
  );

  test('holds every setting there is, once, and no other', () => {
    expect(lines.map(({ name }) => name).sort()).toEqual(names);
  });

  test('says what each is by default', () => {
    const said = Object.fromEntries(lines.map(({ name, value }) => [name, value]));
    expect(said).toEqual(Object.fromEntries(names.map((name) => [name, defaults.get(name) ?? ''])));
  });

  test('changes nothing when it is copied as it is', () => {
    const set = Object.fromEntries(
      lines.filter(({ isComment }) => !isComment).map(({ name, value }) => [name, value]),
    );
    expect(parseSettings(set)).toEqual(parseSettings({}));
  });
});

test('README.md’s table of settings holds every one, and none that is not there', () => {
  const rows = [...read('README.md').matchAll(/^\|\s*(`[A-Z][A-Z0-9_]*`[^|]*)\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([A-Z][A-Z0-9_]*)`/g)].map(([, name]) => name!),
  );
  expect([...new Set(rows)].sort()).toEqual(names);
});

test('every setting says what it is for', () => {
  for (const [name, schema] of Object.entries(settingsSchema.shape))
    expect([name, schema.description]).toEqual([name, expect.stringMatching(/\w{3}/)]);
});
