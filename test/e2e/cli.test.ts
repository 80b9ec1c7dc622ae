import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventually, get, post } from '../support/http.ts';
import { runSallyport } from '../support/run-sallyport.ts';
import { inherited, prepareDataFolder, startServer, type RunningServer } from '../support/start-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES: Record<string, string> = {
  'handbook/travel.md': '# Travel\n\nTrains are booked through the portal.',
  'handbook/pay/fees.txt': 'The late fee is $8.',
  'handbook/pay/~notes.bak': 'nothing that Sallyport reads',
  'handbook/.draft.md': 'not yet',
  'other/travel.md': 'Another travel policy.',
};

describe('the command line', () => {
  let server: RunningServer;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    symlinkSync(join(folder, 'other', 'travel.md'), join(folder, 'handbook', 'linked.md'));
    server = await startServer();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const sallyport = async (args: string[], cwd = folder) => {
    const run = runSallyport(args, server.env, cwd);
    const code = await run.ended;
    return { code, output: run.output() };
  };
  const sources = async () => {
    const { body } = await get(server, '/admin/documents');
    return (body.documents as { source: string }[]).map(({ source }) => source).sort();
  };

  test('a file has one source, from whichever folder it is ingested', async () => {
    const first = await sallyport(['ingest', 'handbook']);
    expect(first).toMatchObject({ code: 0, output: expect.stringContaining('2 ingested') });
    expect(await sources()).toEqual(['pay/fees.txt', 'travel.md']);
    writeFileSync(join(folder, 'handbook', 'travel.md'), '# Travel\n\nTrains are booked by phone.');
    for (const [path, cwd] of [
      ['.', join(folder, 'handbook')],
      [join(folder, 'handbook'), tmpdir()],
      ['travel.md', join(folder, 'handbook')],
    ] as const) {
      expect(await sallyport(['ingest', path], cwd)).toMatchObject({ code: 0 });
      expect(await sources()).toEqual(['pay/fees.txt', 'travel.md']);
    }
    const { body } = await post(server, '/search', { query: 'How are trains booked?' });
    expect(JSON.stringify(body.chunks)).toContain('by phone');
    expect(JSON.stringify(body.chunks)).not.toContain('through the portal');
  });

  test('what is skipped is named, and why', async () => {
    const { output } = await sallyport(['ingest', 'handbook']);
    expect(output).toContain(`${join('handbook', '.draft.md')}: skipped: hidden`);
    expect(output).toContain(`~notes.bak: skipped: .bak is not a format that Sallyport reads`);
    expect(output).toContain('linked.md: skipped: a link');
    expect(output).toContain('3 skipped');
  });

  test('two files of one source are not taken for two versions of a document', async () => {
    const both = ['ingest', 'handbook', 'other'];
    expect(await sallyport(both)).toMatchObject({ code: 1, output: expect.stringContaining('--prefix') });
    expect(await sallyport(['ingest', '--prefix', 'other', 'other'])).toMatchObject({ code: 0 });
    expect(await sources()).toEqual(['other/travel.md', 'pay/fees.txt', 'travel.md']);
  });

  test.each([
    [['ingets', 'handbook'], 2, "unknown command 'ingets'; see sallyport --help"],
    [['keys', 'rotat', 'x'], 2, "unknown command 'keys rotat'; see sallyport keys --help"],
    [['audit', 'very'], 2, "unknown command 'audit very'; see sallyport audit --help"],
    [['ingest', 'nowhere.md'], 1, 'There is no file or folder nowhere.md.'],
    [
      ['audit', 'verify', '--file', 'nowhere.jsonl', '--public-key', 'nowhere.pem'],
      1,
      'nowhere.pem: there is no such file',
    ],
    [['serve', '--prot', '1'], 2, "Unknown option '--prot'"],
  ])('%j says what is wrong in a line', async (args, code, sentence) => {
    const said = await sallyport(args);
    expect(said).toMatchObject({ code, output: expect.stringContaining(sentence) });
    expect(said.output.trim().split('\n')).toHaveLength(1);
  });

  test('an export may be read by a program that stops reading', async () => {
    for (let nth = 0; nth < 5; nth += 1) await post(server, '/search', { query: 'trains' });
    const pipe = `'${process.execPath}' '${join(ROOT, 'src', 'bin.js')}' audit export | head -n 1`;
    const child = spawn('bash', ['-c', `set -o pipefail; ${pipe}`], {
      env: { ...inherited, ...server.env },
      cwd: folder,
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(errors).toBe('');
  });

  test('a signal to `npm start` ends the server', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    await prepareDataFolder(data);
    const child = spawn('npm', ['start'], {
      cwd: ROOT,
      env: { ...inherited, ...server.env, DATA_DIR: data },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    await eventually(() => Promise.resolve(output.includes('listens on')));
    const [, url] = /listens on (http:\S+)/.exec(output)!;
    child.kill('SIGTERM');
    await once(child, 'exit');
    await eventually(() =>
      fetch(`${url!}/health`).then(
        () => false,
        () => true,
      ),
    );
  });
});
