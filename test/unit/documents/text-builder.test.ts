import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Block } from '../../../src/documents/document.ts';
import { createTextBuilder } from '../../../src/documents/text-builder.ts';
import { expectSoundBlocks } from './render-blocks.ts';

const limits = { maxTextChars: 100_000 };

describe('the text builder', () => {
  it('sets blocks apart by a blank line, but rows and items by a line break', () => {
    const builder = createTextBuilder(limits);
    builder.add('heading', 'Title', 1);
    builder.add('list_item', 'one');
    builder.add('list_item', 'two');
    builder.add('table_row', 'a | b');
    builder.add('table_row', 'c | d');
    expect(builder.build('text').text).toBe('Title\n\none\ntwo\n\na | b\nc | d');
  });

  it('makes one space of any white space in prose, and keeps it in code', () => {
    const builder = createTextBuilder(limits);
    builder.add('paragraph', ' a \n\t b\u00a0c ');
    builder.add('code', 'if x:\r\n    y\n');
    expect(builder.build('text').text).toBe('a b c\n\nif x:\n    y');
  });

  it('keeps the lines of a block that is given as lines', () => {
    const builder = createTextBuilder(limits);
    builder.add('paragraph', ['a  b', ' ', 'c']);
    expect(builder.build('text').text).toBe('a b\nc');
  });

  it('removes what Postgres or a reader cannot hold, and composes accents', () => {
    const builder = createTextBuilder(limits);
    builder.add('paragraph', 'N\0U\u0007L \ud800 cafe\u0301 soft\u00adhyphen \uffff');
    expect(builder.build('text').text).toBe('NUL café softhyphen');
  });

  it('leaves out blocks without text', () => {
    const builder = createTextBuilder(limits);
    builder.add('paragraph', ' \u200b\n');
    expect(builder.build('text').blocks).toEqual([]);
  });

  it('takes its title from the first heading of the first level', () => {
    const builder = createTextBuilder(limits);
    builder.add('paragraph', 'before');
    builder.add('heading', 'Small', 3);
    builder.add('heading', 'Great', 1);
    expect(builder.build('text').title).toBe('Great');
    expect(builder.build('text', ' Given \n one').title).toBe('Given one');
  });

  it('refuses more text than allowed', () => {
    const builder = createTextBuilder({ maxTextChars: 10 });
    builder.add('paragraph', '12345');
    expect(() => builder.add('paragraph', '67890')).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  it('keeps its promises for any text whatever', () => {
    const kind = fc.constantFrom<Block['kind'][]>('heading', 'paragraph', 'list_item', 'table_row', 'code');
    const anyText = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom('\ud800', '\udc00', '\0', '\n', '\r', '\u0301', '\u2028', '\x85', '\ufeff'),
      ),
    });
    const text = fc.oneof(anyText, fc.array(anyText));
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, text)), (added) => {
        const builder = createTextBuilder(limits);
        for (const [blockKind, content] of added) builder.add(blockKind, content);
        expectSoundBlocks(builder.build('text'));
      }),
      { numRuns: 500 },
    );
  });
});
