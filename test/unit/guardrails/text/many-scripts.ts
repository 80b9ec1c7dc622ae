import fc from 'fast-check';

const LETTERS = Array.from(
  [
    'abcXYZ019 \t\n.,@-_(){}',
    'éßİıΣςσäÅñ',
    'аеорсухьгжщЖ',
    'αβγδεικνο',
    '中文東京かなカナ한국각',
    'ｊｏ＠．１２',
    'ﬁﬃ𝐛𝟙ⓒ④½ﷺ',
    '‘’“”–—−…',
  ].join(''),
);
const PIECES = [
  ...LETTERS,
  '\u0301',
  '\u0323',
  '\u0316\u0301',
  '\u200b',
  '\u200d',
  '\u00ad',
  '\ufeff',
  '\ufe0f',
  '\u202e',
  '\u2066',
  '\u{e0041}',
  '\u{e0101}',
  '\u00a0',
  '\u3000',
  '\u2028',
  '\u0000',
  '\u0007',
  '\ufffd',
  '\ue000',
  '\ud800',
  '\udc00',
  '😀',
  '👩\u200d👩\u200d👧',
  'हि',
  'ᄀ',
  'ᅡ',
  'word',
  'Zürich',
];

/** Texts of what normalising changes, drops, joins or leaves alone. */
export const textOfManyScripts = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...PIECES) },
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    {
      maxLength: 40,
    },
  )
  .map((pieces) => pieces.join(''));
