import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parseMarkdown } from '../../../../src/documents/parsers/markdown.ts';
import { renderBlocks } from '../render-blocks.ts';

const parse = (text: string) => parseMarkdown(Buffer.from(text), DEFAULT_PARSE_LIMITS);

describe('Markdown', () => {
  it('comes out as headings, paragraphs, items, rows and code', async () => {
    const text =
      '# Title\n\nSome *text*\nover lines.\n\n- a\n- b\n\n1. c\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```js\nlet a;\n\n  b();\n```\n';
    expect(renderBlocks(await parse(text))).toEqual([
      'heading1 Title',
      'paragraph Some text over lines.',
      'list_item a',
      'list_item b',
      'list_item 1. c',
      'table_row x: 1 | y: 2',
      'code let a;\n\n  b();',
    ]);
  });

  it('takes its title from front matter, and keeps the rest of it', async () => {
    const document = await parse('---\ntitle: "The guide"\nowner: Ann\n---\n# Other\n');
    expect(document.title).toBe('The guide');
    expect(renderBlocks(document)[0]).toBe('paragraph title: "The guide"\nowner: Ann');
  });

  it('drops scripts and comments, but keeps other HTML', async () => {
    expect((await parse('<script>x()</script>\n\n<!-- c -->\n\n<aside>Note</aside>\n')).text).toBe('Note');
  });
});
