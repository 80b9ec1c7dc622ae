import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '../../../src/audit/audit-event.ts';
import { createAuditSink, type AuditSink } from '../../../src/audit/audit-sink.ts';
import type { AuditRecord } from '../../../src/audit/formats/index.ts';
import { openRotatingFile } from '../../../src/audit/rotating-file.ts';
import { SettingsError } from '../../../src/config/load.ts';
import { boundToRunner } from '../../support/services/bound-to-runner.ts';

const SINK = new URL('../../../src/audit/audit-sink.ts', import.meta.url).href;

const event: AuditEvent = {
  id: '5f8e7f4e-5d0c-4f6c-9d0b-1f2f3f4f5f6f',
  time: '2030-01-02T03:04:05.678Z',
  event: 'request',
  action: 'query',
  outcome: 'success',
  tenant: 'acme',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-sink-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Told = { code: string; lost: number };
type SinkSettings = Parameters<typeof createAuditSink>[0];

const open = (settings: Partial<SinkSettings> = {}): { sink: AuditSink; told: Told[] } => {
  const told: Told[] = [];
  const sink = createAuditSink(
    {
      AUDIT_LOG: 'file',
      AUDIT_LOG_FORMAT: 'jsonl',
      AUDIT_LOG_FILE: undefined,
      AUDIT_LOG_FILE_MB: 100,
      AUDIT_LOG_FILES: 10,
      DATA_DIR: folder,
      ...settings,
    },
    { onError: (error, lost) => told.push({ code: (error as { code: string }).code, lost }) },
  );
  return { sink: sink!, told };
};

const writeMany = (sink: AuditSink, from: number, to: number): void => {
  for (let seq = from; seq <= to; seq += 1) sink.write({ seq, event });
};

const recordsIn = (text: string): AuditRecord[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRecord);

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** All that was written, from the file that was put aside first to the one that grows. */
const everythingWritten = (): string => {
  const aside = readdirSync(folder).filter((name) => /^audit\.log\.\d+$/.test(name)).length;
  const names = Array.from({ length: aside }, (_, index) => `audit.log.${aside - index}`);
  return [...names, 'audit.log'].map(read).join('');
};

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('the audit log in a file', () => {
  it('is not there where nobody wants it', () => {
    expect(open({ AUDIT_LOG: 'off' }).sink).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has one whole line an event, in order, that its owner alone may read', async () => {
    const { sink, told } = open();
    sink.write({ seq: 1, hash: 'ab', event: { ...event, subject: 'a\n{"event":"forged"}\u2028' } });
    writeMany(sink, 2, 100);
    await sink.close();
    const records = recordsIn(read('audit.log'));
    expect(records.map(({ seq }) => seq)).toEqual(upTo(100));
    expect(records[0]).toEqual({
      seq: 1,
      hash: 'ab',
      event: { ...event, subject: 'a\n{"event":"forged"}\u2028' },
    });
    expect(read('audit.log')).toMatch(/\}\n$/);
    expect(statSync(join(folder, 'audit.log')).mode & 0o777).toBe(0o600);
    expect(told).toEqual([]);
  });

  it.each([
    ['ecs', { ecs: { version: '8.17.0' }, event: { id: event.id } }],
    ['ocsf', { class_uid: 6003, metadata: { uid: event.id } }],
  ] as const)('is in %s where that is asked for', async (format, expected) => {
    const { sink } = open({ AUDIT_LOG_FORMAT: format });
    sink.write({ event });
    await sink.close();
    expect(recordsIn(read('audit.log'))).toMatchObject([expected]);
  });

  it('loses none of 20,000 events while it is put aside again and again', async () => {
    const { sink, told } = open({ AUDIT_LOG_FILE_MB: 0.2, AUDIT_LOG_FILES: 1_000 });
    for (let from = 1; from <= 20_000; from += 500) {
      writeMany(sink, from, from + 499);
      // Some come while others are being written, as in a server.
      await new Promise(setImmediate);
    }
    await sink.close();
    expect(recordsIn(everythingWritten()).map(({ seq }) => seq)).toEqual(upTo(20_000));
    const names = readdirSync(folder);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const { size, mode } = statSync(join(folder, name));
      expect(size).toBeLessThanOrEqual(200_000);
      expect(mode & 0o777).toBe(0o600);
    }
    expect(told).toEqual([]);
  });

  it('keeps as many files as it was told to, and the youngest ones', async () => {
    const { sink } = open({ AUDIT_LOG_FILE_MB: 0.01, AUDIT_LOG_FILES: 3 });
    writeMany(sink, 1, 1_000);
    await sink.close();
    expect(readdirSync(folder).sort()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2', 'audit.log.3']);
    const kept = recordsIn(everythingWritten()).map(({ seq }) => seq!);
    expect(kept).toEqual(upTo(1_000).slice(-kept.length));
  });

  it('goes on where an earlier process stopped, even in the middle of a line', async () => {
    const before = open();
    writeMany(before.sink, 1, 2);
    await before.sink.close();
    await appendFile(join(folder, 'audit.log'), '{"seq":3,"ev');
    const after = open();
    writeMany(after.sink, 4, 5);
    await after.sink.close();
    const lines = read('audit.log').trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toBe('{"seq":3,"ev');
    expect(recordsIn(lines.toSpliced(2, 1).join('\n')).map(({ seq }) => seq)).toEqual([1, 2, 4, 5]);
  });

  it('grows on where it cannot be put aside, and says so', async () => {
    mkdirSync(join(folder, 'audit.log.1', 'in-the-way'), { recursive: true });
    const { sink, told } = open({ AUDIT_LOG_FILE_MB: 0.01, AUDIT_LOG_FILES: 1 });
    writeMany(sink, 1, 500);
    await sink.close();
    expect(recordsIn(read('audit.log')).map(({ seq }) => seq)).toEqual(upTo(500));
    expect(told[0]).toMatchObject({ lost: 0 });
    expect(told[0]!.code).toMatch(/^E[A-Z]+$/);
  });

  it('takes what is written after its end for lost, and says so', async () => {
    const { sink, told } = open();
    await sink.close();
    sink.write({ event });
    await sink.close();
    expect(told).toEqual([{ code: 'AUDIT_LOG_CLOSED', lost: 1 }]);
    expect(read('audit.log')).toBe('');
  });

  it('writes nothing any more once it was given up: its descriptor may be that of something else', async () => {
    const path = join(folder, 'audit.log');
    const file = openRotatingFile({ path, maxBytes: 1_000, files: 1, onError: () => undefined });
    await expect(file.append(['{}'], AbortSignal.abort())).rejects.toThrow(/abort/i);
    await file.close();
    expect(read('audit.log')).toBe('');
  });

  it.each([
    ['is in no folder', () => join(folder, 'nowhere', 'audit.log'), 'ENOENT'],
    ['is a folder', () => folder, 'EISDIR'],
    ['is a device', () => '/dev/null', 'ENOTFILE'],
  ])('keeps Sallyport from starting where it %s', (_what, path, code) => {
    const opening = (): unknown => open({ AUDIT_LOG_FILE: path() });
    expect(opening).toThrow(SettingsError);
    expect(opening).toThrow(new RegExp(`AUDIT_LOG_FILE: the file cannot be written \\(${code}\\)`));
  });
});

/** A process of its own whose sink is `sink`; it prints what `onError` is told, and what the script says, to standard error. */
const runProcess = (settings: Partial<SinkSettings>, script: string, shell = '') => {
  const source = `
    import { createAuditSink } from ${JSON.stringify(SINK)};
    const event = ${JSON.stringify(event)};
    const say = (what) => console.error(JSON.stringify(what));
    const sink = createAuditSink(
      ${JSON.stringify({ AUDIT_LOG: 'stdout', AUDIT_LOG_FORMAT: 'jsonl', DATA_DIR: folder, AUDIT_LOG_FILE_MB: 100, AUDIT_LOG_FILES: 10, ...settings })},
      { onError: ({ code }, lost) => say({ code, lost }) },
    );
    ${script}
    await sink.close();
    say({ closed: true });`;
  const run = [process.execPath, '--input-type=module', '--eval', source];
  const [command, ...args] = shell === '' ? run : ['/bin/bash', '-c', `${shell}; exec "$@"`, 'bash', ...run];
  const child = spawn(...boundToRunner(command!, args), { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    child,
    said: () =>
      stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    says: async (name: string) => {
      while (!stderr.includes(`"${name}"`)) await Promise.race([once(child.stderr, 'data'), closed]);
    },
    ended: closed.then(([code]) => code as number | null),
  };
};

const lostOf = (said: Record<string, unknown>[]): number =>
  said.reduce((sum, { lost }) => sum + Number(lost ?? 0), 0);

describe('the audit log on standard output', () => {
  it('comes whole to a reader that is slow, and holds up nobody meanwhile', async () => {
    const run = runProcess(
      {},
      `for (let seq = 1; seq <= 20_000; seq += 1) sink.write({ seq, event });
       setImmediate(() => say({ goesOn: true }));
       await new Promise((resolve) => setTimeout(resolve, 50));`,
    );
    await run.says('goesOn');
    let output = '';
    run.child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    expect(await run.ended).toBe(0);
    expect(recordsIn(output).map(({ seq }) => seq)).toEqual(upTo(20_000));
    expect(run.said()).toEqual([{ goesOn: true }, { closed: true }]);
  }, 20_000);

  it('gives up what is too much to wait for a reader, and says how much', async () => {
    const run = runProcess(
      {},
      `const documents = ['d'.repeat(100_000)];
       for (let seq = 1; seq <= 400; seq += 1) sink.write({ seq, event: { ...event, documents } });
       say({ wrote: true });
       await new Promise((resolve) => setTimeout(resolve, 50));`,
    );
    await run.says('wrote');
    let output = '';
    run.child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    expect(await run.ended).toBe(0);
    const kept = recordsIn(output).map(({ seq }) => seq);
    expect(kept).toEqual(upTo(kept.length));
    expect(kept.length).toBeLessThan(200);
    expect(run.said()).toContainEqual({ code: 'AUDIT_LOG_FULL', lost: 1 });
    expect(kept.length + lostOf(run.said())).toBe(400);
  }, 20_000);

  it('ends no process when its reader goes away', async () => {
    const run = runProcess(
      {},
      `sink.write({ seq: 1, event });
       await new Promise((resolve) => setTimeout(resolve, 100));
       for (let seq = 2; seq <= 11; seq += 1) {
         sink.write({ seq, event });
         await new Promise((resolve) => setTimeout(resolve, 20));
       }`,
    );
    await once(run.child.stdout, 'data');
    run.child.stdout.destroy();
    expect(await run.ended).toBe(0);
    expect(run.said()[0]).toEqual({ code: 'EPIPE', lost: 1 });
    expect(lostOf(run.said())).toBe(10);
    expect(run.said().at(-1)).toEqual({ closed: true });
  }, 20_000);
});

const limitsFileSizes = existsSync('/bin/bash') && process.platform === 'linux';

(limitsFileSizes ? describe : describe.skip)('the audit log on a disk that is full', () => {
  it('waits for space, gives up when the server ends, and says how many lines it lost', async () => {
    const run = runProcess(
      { AUDIT_LOG: 'file' },
      `for (let seq = 1; seq <= 2_000; seq += 1) sink.write({ seq, event });`,
      'trap "" XFSZ; ulimit -f 64',
    );
    run.child.stdout.resume();
    expect(await run.ended).toBe(0);
    const [first, ...rest] = run.said();
    expect(first).toEqual({ code: 'EFBIG', lost: 0 });
    expect(rest.at(-1)).toEqual({ closed: true });
    const text = read('audit.log');
    const whole = recordsIn(text.slice(0, text.lastIndexOf('\n') + 1)).map(({ seq }) => seq);
    expect(whole.length).toBeGreaterThan(0);
    expect(whole).toEqual(upTo(whole.length));
    // A line of which it is not known whether it is whole counts as lost.
    expect(whole.length + lostOf(rest)).toBeGreaterThanOrEqual(2_000);
  }, 30_000);
});
