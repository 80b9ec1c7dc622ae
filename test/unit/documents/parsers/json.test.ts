import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parseJson } from '../../../../src/documents/parsers/json.ts';
import { expectSoundBlocks, renderBlocks } from '../render-blocks.ts';

async function paragraphsOf(json: string): Promise<string[]> {
  const document = await parseJson(Buffer.from(json), DEFAULT_PARSE_LIMITS);
  expectSoundBlocks(document);
  return renderBlocks(document).map((block) => block.replace('paragraph ', ''));
}

describe('a JSON file', () => {
  it('makes a paragraph of each item, with a line for each value', async () => {
    expect(
      await paragraphsOf('[{"name":"Ann","home":{"city":"Ulm"},"tags":["a",true]},{"name":null}]'),
    ).toEqual(['name: Ann\nhome.city: Ulm\ntags[0]: a\ntags[1]: true', 'name: null']);
  });

  it('makes a paragraph of each key, and of each object listed under one', async () => {
    expect(
      await paragraphsOf('{"title":"T","meta":{"a":1,"b":2},"rows":[{"x":1},{"x":2}],"list":[1,2]}'),
    ).toEqual(['title: T', 'meta.a: 1\nmeta.b: 2', 'rows[0].x: 1', 'rows[1].x: 2', 'list[0]: 1\nlist[1]: 2']);
  });

  it('keeps plain lists together', async () => {
    expect(await paragraphsOf('["a","b",3]')).toEqual(['a\nb\n3']);
    expect(await paragraphsOf('"alone"')).toEqual(['alone']);
  });

  it('keeps the digits of long numbers', async () => {
    expect(await paragraphsOf('{"id":12345678901234567890,"price":1.10}')).toEqual([
      'id: 12345678901234567890',
      'price: 1.10',
    ]);
  });

  it('reads JSON Lines', async () => {
    expect(await paragraphsOf('{"a":1}\r\n\r\n{"a":2}\n')).toEqual(['a: 1', 'a: 2']);
  });

  it('says what is wrong', async () => {
    await expect(paragraphsOf('{"a":')).rejects.toThrow('not valid JSON.');
    await expect(paragraphsOf('{"a":1}\n{"a":2}\n{oops\n')).rejects.toThrow('not valid JSON (line 3)');
  });

  it('may not nest too deep', async () => {
    await expect(paragraphsOf('['.repeat(150) + ']'.repeat(150))).rejects.toThrow(
      'more than 100 levels deep',
    );
    await expect(paragraphsOf('['.repeat(1e6) + ']'.repeat(1e6))).rejects.toThrow(RangeError);
  });
});
