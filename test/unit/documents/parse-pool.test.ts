import { afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import type { UploadedFile } from '../../../src/documents/document.ts';
import { DEFAULT_PARSE_LIMITS } from '../../../src/documents/parse-limits.ts';
import { createParsePool } from '../../../src/documents/parse-pool.ts';
import type { ParsePool } from '../../../src/documents/parse-pool.ts';
import { makePdf, pdfAround } from './make-pdf.ts';

const limits = { ...DEFAULT_PARSE_LIMITS, maxMemoryMb: 256 };
const file = (filename: string, content: string | Buffer): UploadedFile => ({
  bytes: Buffer.from(content as Buffer),
  filename,
});
const fine = file('fine.txt', 'All is well.');
// Every attribute is compared with all before it.
const endless = file(
  'endless.html',
  `<p ${Array.from({ length: 800_000 }, (_, index) => `a${index}`).join(' ')}>`,
);

let pool: ParsePool;
afterEach(() => pool.close());

describe('the parse pool', () => {
  it('parses a file of any format', async () => {
    pool = createParsePool({ limits });
    const [text, pdf] = await Promise.all([
      pool.parse('red', fine),
      pool.parse('red', file('a.pdf', makePdf([[{ text: 'In a PDF.', x: 72, y: 700 }]]))),
    ]);
    expect(text).toEqual({
      text: 'All is well.',
      blocks: [{ kind: 'paragraph', start: 0, end: 12 }],
      mediaType: 'text/plain',
    });
    expect(pdf.text).toBe('In a PDF.');
  });

  it('leaves the bytes to their owner', async () => {
    pool = createParsePool({ limits });
    const bytes = new TextEncoder().encode('xxHello there.xx');
    expect((await pool.parse('red', { bytes: bytes.subarray(2, -2), filename: 'a.txt' })).text).toBe(
      'Hello there.',
    );
    expect(bytes.length).toBe(16);
  });

  it.each([
    ['an empty file', file('a.txt', ''), 'unprocessable_document', 'The file is empty.'],
    ['a file of white space', file('a.md', ' \n \n'), 'unprocessable_document', 'holds no text'],
    ['a truncated PDF', file('a.pdf', '%PDF-1.7\n1 0 obj'), 'unprocessable_document', 'damaged'],
    ['an image', file('a.png', '\x89PNG'), 'unsupported_media_type', 'cannot be read'],
    ['too large a file', file('a.txt', Buffer.alloc(26 * 1024 * 1024, 97)), 'too_large', 'larger than'],
    ['too much text', file('a.txt', Buffer.alloc(10_000_001, 97)), 'too_large', 'characters of text'],
    [
      'Markdown quoted 100,000 deep',
      file('a.md', '>'.repeat(100_000)),
      'unprocessable_document',
      'nested too deeply',
    ],
    [
      'JSON nested 50,000 deep',
      file('a.json', '['.repeat(50_000) + ']'.repeat(50_000)),
      'unprocessable_document',
      'nested too deeply',
    ],
  ])('refuses %s, with a reason', async (_, bad, code, reason) => {
    pool = createParsePool({ limits });
    await expect(pool.parse('red', bad)).rejects.toMatchObject({
      name: 'AppError',
      code,
      message: expect.stringContaining(reason),
    });
  });

  it('ends a parse that takes too long, and the next file works', async () => {
    pool = createParsePool({ limits: { ...limits, timeoutMs: 500 }, processes: 1 });
    await expect(pool.parse('red', endless)).rejects.toMatchObject({
      code: 'unprocessable_document',
      message: 'The document took longer than 0.5 s to read.',
    });
    expect((await pool.parse('red', fine)).text).toBe('All is well.');
  });

  it.each([
    ['a heap bomb', file('a.html', '<i>a</i>'.repeat(3_000_000))],
    ['a heap bomb in native code', file('a.json', `[${'{},'.repeat(8_000_000)}{}]`)],
    ['a buffer bomb', file('a.pdf', pdfAround([Buffer.alloc(1024 ** 3, ' ')]))],
  ])('survives %s, and the next file works', async (_, bomb) => {
    pool = createParsePool({ limits, processes: 1 });
    const before = process.memoryUsage.rss();
    await expect(pool.parse('red', bomb)).rejects.toMatchObject({
      code: 'unprocessable_document',
      message: 'The document needs more than 256 MB of memory to read.',
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
    expect((await pool.parse('red', fine)).text).toBe('All is well.');
  });

  it('does not let a bomb harm the file beside it', async () => {
    pool = createParsePool({ limits, processes: 2 });
    const bomb = pool.parse('red', file('a.html', '<i>a</i>'.repeat(3_000_000)));
    const beside = Promise.all(Array.from({ length: 20 }, () => pool.parse('red', fine)));
    await expect(bomb).rejects.toThrow('memory');
    expect(await beside).toHaveLength(20);
  });

  it('starts a new process after the last was idle too long', async () => {
    pool = createParsePool({ limits, idleTimeoutMs: 20 });
    await pool.parse('red', fine);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await pool.parse('red', fine)).text).toBe('All is well.');
  });

  it('lets a bounded number of files wait', async () => {
    pool = createParsePool({ limits, processes: 1, maxQueue: 2 });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => pool.parse('red', fine)));
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(results[4]).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: 30 } });
  });

  it('lets tenants take turns: one with many files delays another by one', async () => {
    pool = createParsePool({ limits, processes: 1 });
    const order: string[] = [];
    const parse = async (tenant: string) => {
      await pool.parse(tenant, fine);
      order.push(tenant);
    };
    await Promise.all(['red', 'red', 'red', 'red', 'red', 'blue', 'blue', 'green'].map(parse));
    expect(order).toEqual(['red', 'red', 'blue', 'green', 'red', 'blue', 'red', 'red']);
  });

  it('refuses the last of the longest line when too many wait', async () => {
    pool = createParsePool({ limits, processes: 1, maxQueue: 3 });
    const tenants = ['red', 'red', 'red', 'red', 'blue', 'green', 'red'];
    const results = await Promise.allSettled(tenants.map((tenant) => pool.parse(tenant, fine)));
    const read = tenants.filter((_, place) => results[place]!.status === 'fulfilled');
    expect(read).toEqual(['red', 'red', 'blue', 'green']);
    expect(results[2]).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: 30 } });
  });

  it('stops a parse, waiting or under way, when its caller gives up', async () => {
    pool = createParsePool({ limits, processes: 1 });
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = pool.parse('red', endless, running.signal);
    const second = pool.parse('red', fine, waiting.signal);
    waiting.abort(new Error('no longer wanted'));
    await expect(second).rejects.toThrow('no longer wanted');
    running.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect((await pool.parse('red', fine)).text).toBe('All is well.');
  });

  it('fails what is under way when it closes, and takes nothing more', async () => {
    pool = createParsePool({ limits, processes: 1 });
    const underWay = [pool.parse('red', endless), pool.parse('red', fine)];
    const settled = Promise.allSettled(underWay);
    await pool.close();
    expect(await settled).toMatchObject([
      { reason: { code: 'unavailable' } },
      { reason: { code: 'unavailable' } },
    ]);
    await expect(pool.parse('red', fine)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps no program alive', () => {
    pool = createParsePool({ limits });
    const url = (name: string) => new URL(`../../../src/documents/${name}.ts`, import.meta.url).href;
    const program = `
      import { createParsePool } from '${url('parse-pool')}';
      import { DEFAULT_PARSE_LIMITS } from '${url('parse-limits')}';
      const pool = createParsePool({ limits: DEFAULT_PARSE_LIMITS });
      const { text } = await pool.parse('red', { bytes: Buffer.from('done'), filename: 'a.txt' });
      process.stdout.write(text);`;
    const ended = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 });
    expect(ended.stdout.toString()).toBe('done');
    expect(ended.status).toBe(0);
  });
});
