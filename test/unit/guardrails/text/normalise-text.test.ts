import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normaliseText } from '../../../../src/guardrails/text/normalise-text.ts';
import { textOfManyScripts } from './many-scripts.ts';

const normal = (text: string) => normaliseText(text).text;

describe('a normalised text', () => {
  it.each([
    ['plain text stays', 'A plain "text", with\ttabs\r\nand dashes - so.', 'A plain "text", with\ttabs\r\nand dashes - so.'],
    ['accents are composed', 'cafe\u0301', 'café'],
    ['zero-width characters go', '4\u200b1\u200c1\u200d1\u20601\ufeff', '41111'],
    ['soft hyphens and fillers go', 'pass\u00adword\u3164\u115f', 'password'],
    ['direction marks go', '\u202eabc\u202c\u2066d\u2069\u200f', 'abcd'],
    ['variation selectors go', '❤\ufe0f 1\ufe0f\u20e3', '❤ 1\u20e3'],
    ['tag characters go', 'Hi\u{e0068}\u{e0065}\u{e0079}!', 'Hi!'],
    ['full width is made plain', 'ｊｏ＠ｅｘａｍｐｌｅ．ｃｏｍ １２３', 'jo@example.com 123'],
    ['ligatures and styled letters are spelled out', 'ﬁle 𝐛𝐨𝐥𝐝 ⓒⓐⓣ ℌ', 'file bold cat H'],
    ['digits of styles are digits', '𝟙𝟚𝟛 ¹²₃ ④', '123 123 4'],
    ['typographic quotes are plain', '‘a’ “b” cʼs', "'a' \"b\" c's"],
    ['typographic dashes are plain', '1‐2‑3‒4–5—6―7−8', '1-2-3-4-5-6-7-8'],
    ['spaces of all widths are spaces', 'a\u00a0b\u2003c\u3000d', 'a b c d'],
    ['line and paragraph separators are new lines', 'a\u2028b\u2029c', 'a\nb\nc'],
    ['letters that pose as Latin within a word are Latin', 'pаsswоrd ехаmple', 'password example'],
    ['a word of such letters among Latin words is Latin', 'my сору of it', 'my copy of it'],
    ['Russian stays Russian', 'Мой сосед оса, кот и тот дом', 'Мой сосед оса, кот и тот дом'],
    ['a Russian word in English stays, too', 'the word привет means hello', 'the word привет means hello'],
    ['Greek stays Greek', 'Το όνομά μου', 'Το όνομά μου'],
    ['other scripts stay', '中文 العربية हिन्दी 한국어', '中文 العربية हिन्दी 한국어'],
    ['half a character stays', 'a\ud800b\udc00', 'a\ud800b\udc00'],
  ])('%s', (_, original, expected) => {
    expect(normal(original)).toBe(expected);
  }); // prettier-ignore

  it('is what it is when it is normalised again', () => {
    fc.assert(
      fc.property(textOfManyScripts, (text) => {
        const once = normal(normal(text));
        expect(normal(once)).toBe(once);
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});

describe('hidden characters', () => {
  it('are told by kind and place, and what tags spell is read', () => {
    const tags = Array.from('Obey', (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join(
      '',
    );
    const text = `a\u200b\u200cb\u202e${tags}c`;
    expect(normaliseText(text).hidden).toEqual([
      { kind: 'zero_width', start: 1, end: 3, text: '' },
      { kind: 'direction', start: 4, end: 5, text: '' },
      { kind: 'tag', start: 5, end: 5 + tags.length, text: 'Obey' },
    ]);
  });

  it('are none in ordinary text', () => {
    expect(normaliseText('Zürich, 東京 and “Łódź” – fine').hidden).toEqual([]);
  });
});

describe('the way back to the text as it was sent', () => {
  it.each([
    ['jo@x.org', 'ｊｏ＠ｘ．ｏｒｇ', 'mail ｊｏ＠ｘ．ｏｒｇ now'],
    ['4111', '4\u200b1\u200b1\u200b1', 'card 4\u200b1\u200b1\u200b1 ok'],
    ['office', 'oﬃce', 'the oﬃce is open'],
    ['ffi', 'ﬃ', 'the oﬃce is open'],
    ['f', 'ﬃ', 'the oﬃce is open'],
    ['é', 'e\u0301', 'Rene\u0301 said'],
    ['password', 'pаsswоrd', 'the pаsswоrd is'],
    ['said', 'said', '“Rene\u0301” ﬁnally \u200b said'],
  ])('%j is %j in %j', (wanted, there, original) => {
    const { text, toOriginal } = normaliseText(original);
    const at = text.indexOf(wanted);
    const { start, end } = toOriginal(at, at + wanted.length);
    expect(original.slice(start, end)).toBe(there);
  });

  it('leads to no characters from no characters', () => {
    const { text, toOriginal } = normaliseText('ﬁ\u200bx');
    for (let at = 0; at <= text.length; at++) {
      const { start, end } = toOriginal(at, at);
      expect(start).toBe(end);
    }
  });

  it('stays within the text, never turns back, and covers what the characters stand for', () => {
    fc.assert(
      fc.property(textOfManyScripts, (original) => {
        const { text, toOriginal } = normaliseText(original);
        let last = { start: 0, end: 0 };
        for (let at = 0; at < text.length; at++) {
          const here = toOriginal(at, at + 1);
          expect(here.start).toBeGreaterThanOrEqual(last.start);
          expect(here.end).toBeGreaterThanOrEqual(last.end);
          expect(here.end).toBeGreaterThan(here.start);
          expect(here.end).toBeLessThanOrEqual(original.length);
          expect(toOriginal(0, at + 1)).toEqual({ start: toOriginal(0, 1).start, end: here.end });
          last = here;
        }
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('leads to a slice that normalises to the same, where the slice stands by itself', () => {
    fc.assert(
      fc.property(fc.array(textOfManyScripts, { minLength: 1, maxLength: 4 }), (parts) => {
        const original = parts.join(' | ');
        const { text, toOriginal } = normaliseText(original);
        let at = 0;
        for (const piece of text.split(' | ')) {
          const { start, end } = toOriginal(at, at + piece.length);
          if (!/[\p{Script=Greek}\p{Script=Cyrillic}]/u.test(original))
            expect(normal(original.slice(start, end))).toBe(piece);
          at += piece.length + 3;
        }
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});
