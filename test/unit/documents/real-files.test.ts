import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_PARSE_LIMITS } from '../../../src/documents/parse-limits.ts';
import { createParsePool } from '../../../src/documents/parse-pool.ts';
import { expectSoundBlocks, renderBlocks } from './render-blocks.ts';

type Listed = {
  file: string;
  expect: { status: 'ok' | 'no_text' | 'reject' | 'reject_or_recover'; contains?: string[] };
};

const folder = path.resolve(import.meta.dirname, '../../../../shared/data/files');

if (!existsSync(folder)) {
  console.warn('skipped: ../shared/data/files is not here');
  it.skip('skipped: ../shared/data/files is not here', () => undefined);
} else {
  const listed = readFileSync(path.join(folder, 'manifest.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Listed);
  const pool = createParsePool({ limits: DEFAULT_PARSE_LIMITS });
  const parse = (file: string) =>
    pool.parse('red', { bytes: readFileSync(path.join(folder, file)), filename: path.basename(file) });
  afterAll(() => pool.close());

  describe('real files', () => {
    it.each(listed.map(({ file, expect: expected }) => [file, expected] as const))(
      '%s',
      async (file, expected) => {
        const result = await parse(file).catch((error: unknown) => error);
        if (expected.status === 'ok') {
          expectSoundBlocks(result as Awaited<ReturnType<typeof parse>>);
          for (const text of expected.contains ?? [])
            expect(result).toHaveProperty('text', expect.stringContaining(text));
        } else if (expected.status !== 'reject_or_recover' || result instanceof Error) {
          expect(result).toMatchObject({ code: 'unprocessable_document' });
        }
      },
    );

    it('a two-column paper reads on from column to column', async () => {
      const blocks = renderBlocks(await parse('pdf/clinc_oos_paper.pdf'));
      expect(blocks[0]).toBe(
        'heading1 An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction',
      );
      expect(blocks).toContain('heading2 1 Introduction');
      expect(blocks).toContain('heading3 4.1 Results with oos-train');
      expect(blocks).toContain('table_row BERT | 96.9 | 96.4 | 96.3 | 96.7 | 40.3 | 40.9 | 43.8 | 59.2');
      expect(blocks.join('\n')).toContain(
        'when a query falls outside their range of supported intents, but current',
      );
    });

    it('Arabic words come out in logical order, letter by letter', async () => {
      const { text } = await parse('pdf/right_to_left_arabic.pdf');
      expect(text).toContain('تحسين الإنتاجية وحل المشكلات من خلال البرمجة بلغة R وPython');
      expect(text).toContain('يمكن استخدام مكتبة pandas في Python لإدارة البيانات بكفاءة');
    });

    it('an encyclopedia page comes without its navigation', async () => {
      const blocks = renderBlocks(await parse('html/wiki_duck.html'));
      expect(blocks[0]).toBe('heading1 Duck');
      expect(blocks).toContain('table_row Class: Aves');
      expect(blocks.join('\n')).not.toMatch(
        /Main page|Donate|Create account|Afrikaans|Privacy policy|Hidden categories/,
      );
    });

    it('a PDF that needs a password, or has no text layer, says so', async () => {
      await expect(parse('hostile/encrypted_libreoffice.pdf')).rejects.toThrow('password-protected');
      await expect(parse('pdf/scanned_no_text_layer.pdf')).rejects.toThrow('OCR');
    });
  });
}
