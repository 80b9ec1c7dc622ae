import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../src/db/embedded-postgres.ts';
import { reasonOf } from '../../../src/reason.ts';
import { eventually } from '../../support/http.ts';

const source = (name: string) => new URL(`../../../src/db/${name}.ts`, import.meta.url).href;

describe('the data folder of the embedded Postgres', () => {
  let folder: string;
  const programs: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-claim-'));
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) {
      const ended = program.exitCode === null && program.signalCode === null && once(program, 'exit');
      program.stdin!.end();
      await ended;
    }
    rmSync(folder, { recursive: true });
  });

  /** Runs a program to its end, or until its standard input ends; `output` is all that it has printed. */
  const run = (text: string) => {
    const program = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: 'pipe' });
    programs.push(program);
    let output = '';
    for (const stream of [program.stdout, program.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
    return { output: () => output, go: () => program.stdin.write('go\n') };
  };

  test('is said to be in use, in one line, while another process has it and opens no Postgres', async () => {
    const holder = run(`
      import { lockFile } from '${source('file-lock')}';
      console.log(lockFile(${JSON.stringify(join(folder, 'postgres.lock'))}));
      process.stdin.resume();`);
    await eventually(async () => holder.output().includes('true'));
    expect(await startEmbeddedPostgres(folder, 200).catch(reasonOf)).toBe(
      `Another process holds the data folder ${folder}: end it, or set DATA_DIR to another folder.`,
    );
  }, 60_000);

  test('is opened once by several processes that start at once on what a dead one left behind', async () => {
    const dead = mkdtempSync(join(tmpdir(), 'sallyport-socket-'));
    // A number that no process has.
    writeFileSync(
      join(folder, 'postgres.json'),
      JSON.stringify({ pid: 2 ** 22 + 1, host: dead, postgres: 2 ** 22 + 2 }),
    );
    const starts = Array.from({ length: 4 }, () =>
      run(`
        import { startEmbeddedPostgres } from '${source('embedded-postgres')}';
        process.stdin.once('data', async () => {
          const { host, close } = await startEmbeddedPostgres(${JSON.stringify(folder)});
          console.log('host ' + host);
          process.stdin.once('end', close);
        });
        console.log('ready');`),
    );
    await eventually(async () => starts.every(({ output }) => output().includes('ready')));
    for (const { go } of starts) go();
    const hosts = await eventually(
      async () => {
        const told = starts.flatMap(({ output }) => /host (\S+)/.exec(output())?.[1] ?? []);
        return told.length === starts.length && told;
      },
      { patienceMs: 100_000, what: 'every process’s Postgres' },
    );
    expect(new Set(hosts).size).toBe(1);
    expect(hosts[0]).not.toBe(dead);
  }, 120_000);
});
