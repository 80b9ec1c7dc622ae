import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parseHtml } from '../../../../src/documents/parsers/html.ts';
import { expectSoundBlocks, renderBlocks } from '../render-blocks.ts';

async function blocksOf(html: string): Promise<string[]> {
  const document = await parseHtml(Buffer.from(html), DEFAULT_PARSE_LIMITS);
  expectSoundBlocks(document);
  return renderBlocks(document);
}

describe('an HTML page', () => {
  it('comes out as headings, paragraphs, items and code, though it is written on one line', async () => {
    expect(
      await blocksOf(
        '<h1>A <b>title</b></h1><p>One<br>two</p>loose<ul><li><p>x</p></li><li>y<ul><li>z</ul></ul><pre>a\n  b</pre>',
      ),
    ).toEqual([
      'heading1 A title',
      'paragraph One\ntwo',
      'paragraph loose',
      'list_item x',
      'list_item y',
      'list_item z',
      'code a\n  b',
    ]);
  });

  it('keeps the numbers of a numbered list', async () => {
    expect(await blocksOf('<ol start=3><li>c</li><li><p>d</p><p>more</p></li></ol>')).toEqual([
      'list_item 3. c',
      'list_item 4. d',
      'list_item more',
    ]);
  });

  it('is left without its furniture, scripts and hidden text', async () => {
    expect(
      await blocksOf(`<title>T</title><header>Banner</header><nav>Menu</nav><p>Text</p><script>s()</script><style>p{}</style>
        <p hidden>h</p><p aria-hidden="true">a</p><p style="color:red; display: none">n</p><!-- c --><aside>Related</aside>
        <template>t</template><noscript>no</noscript><button>Go</button><select><option>o</select><footer>Foot</footer>`),
    ).toEqual(['paragraph Text']);
  });

  it('is reduced to its main part where that holds most of the text', async () => {
    expect(
      await blocksOf(
        '<div>Teaser</div><main><header><h1>Article</h1></header><p>The long text of it.</p></main>',
      ),
    ).toEqual(['heading1 Article', 'paragraph The long text of it.']);
    expect(await blocksOf(`<main>x</main><p>${'All the text. '.repeat(5)}</p>`)).toHaveLength(2);
  });

  it('does not break a paragraph at an image or a link', async () => {
    expect(await blocksOf('<p>a <img src="http://example.com/x.png"> <a href="/b">b</a><wbr>c</p>')).toEqual([
      'paragraph a bc',
    ]);
  });

  it('reads its encoding where it declares one', async () => {
    const bytes = Buffer.from('<meta charset="windows-1251"><p>\xcf\xf0\xe8\xe2\xe5\xf2', 'latin1');
    expect((await parseHtml(bytes, DEFAULT_PARSE_LIMITS)).text).toBe('Привет');
  });

  it('has the title it gives itself, or else its first heading', async () => {
    const titleOf = async (html: string) => (await parseHtml(Buffer.from(html), DEFAULT_PARSE_LIMITS)).title;
    expect(await titleOf('<title> A &amp; B </title><h1>H</h1>')).toBe('A & B');
    expect(await titleOf('<h1>H</h1>')).toBe('H');
  });

  it('may not nest without end', async () => {
    await expect(blocksOf('<div>'.repeat(100_000))).rejects.toMatchObject({
      code: 'unprocessable_document',
      message: expect.stringContaining('512 deep'),
    });
  });
});

describe('an HTML table', () => {
  it('says in each row what its values are', async () => {
    expect(
      await blocksOf(
        '<table><caption>People</caption><tr><th>Name<th>Age<tr><td>Ann<td>7<tr><td>Bob<td></table>',
      ),
    ).toEqual(['paragraph People', 'table_row Name: Ann | Age: 7', 'table_row Bob']);
  });

  it('joins plain cells', async () => {
    expect(await blocksOf('<table><tr><td>a<td>b<tr><td>c<td>d</table>')).toEqual([
      'table_row a | b',
      'table_row c | d',
    ]);
  });

  it('takes a bold first row, or words above numbers, for a header', async () => {
    expect(await blocksOf('<table><tr><td><b>x</b><td><p><b>y</b></p><tr><td>1<td>2</table>')).toEqual([
      'table_row x: 1 | y: 2',
    ]);
    expect(
      await blocksOf(
        '<table><tr><td>City<td>Land<td>Size<tr><td>Ulm<td>DE<td>119<tr><td>Bern<td>CH<td>51.6</table>',
      ),
    ).toEqual(['table_row City: Ulm | Land: DE | Size: 119', 'table_row City: Bern | Land: CH | Size: 51.6']);
  });

  it('repeats a cell over the rows it spans, and joins headers downwards', async () => {
    expect(
      await blocksOf(
        '<table><thead><tr><th rowspan=2>Who<th colspan=2>2024<tr><th>In<th>Out</thead><tr><td rowspan=2>Ann<td>1<td>2<tr><td>3<td>4</table>',
      ),
    ).toEqual([
      'table_row Who: Ann | 2024 In: 1 | 2024 Out: 2',
      'table_row Who: Ann | 2024 In: 3 | 2024 Out: 4',
    ]);
  });

  it('reads the rows of an info box as pairs, under its banner', async () => {
    expect(
      await blocksOf(
        '<table><tr><th colspan=2>Duck<tr><th>Class<td>Aves<tr><td>Order:<td>Anseriformes</table>',
      ),
    ).toEqual(['table_row Duck', 'table_row Class: Aves', 'table_row Order: Anseriformes']);
  });

  it('is only a frame where it has one column or holds another table', async () => {
    expect(await blocksOf('<table><tr><td><h2>H</h2><p>P</p></table>')).toEqual([
      'heading2 H',
      'paragraph P',
    ]);
    expect(await blocksOf('<table><tr><td>Side<td><table><tr><td>a<td>b</table></table>')).toEqual([
      'paragraph Side',
      'table_row a | b',
    ]);
  });

  it('is not taken in by a span of millions', async () => {
    expect(await blocksOf('<table><tr><td colspan=99999999 rowspan=99999999>a<td>b</table>')).toEqual([
      'table_row a | b',
    ]);
  });
});
