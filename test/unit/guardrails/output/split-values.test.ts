import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { createOutputGate } from '../../../../src/guardrails/output/output-gate.ts';
import { createMaskingVault } from '../../../../src/guardrails/pii/masking-vault.ts';
import { PiiDetector } from '../../../../src/guardrails/pii/pii-detector.ts';
import type { PiiType } from '../../../../src/guardrails/verdict.ts';
import { runGate, SEED } from './run-gate.ts';

type Split = (one: string, other: string) => string;

/** Marks within a line: what is read is one value. */
const MARKUP: Record<string, Split> = {
  strong: (one, other) => `${one}**${other}**`,
  'emphasis before': (one, other) => `*${one}*${other}`,
  code: (one, other) => `\`${one}\`${other}`,
  'struck out': (one, other) => `~~${one}~~${other}`,
  citation: (one, other) => `${one}[1]${other}`,
  'wide citation': (one, other) => `${one}【1†the source】${other}`,
  tag: (one, other) => `${one}<b>${other}</b>`,
  'tag with attributes': (one, other) => `${one}<span class="a b c d e f g h">${other}</span>`,
  comment: (one, other) => `${one}<!-- some words that nobody reads -->${other}`,
  'break of a word': (one, other) => `${one}<wbr/>${other}`,
  reference: (one, other) => `${one}&#${other.codePointAt(0)};${other.slice(1)}`,
  'hexadecimal reference': (one, other) => `${one}&#x${other.codePointAt(0)!.toString(16)};${other.slice(1)}`,
  'invisible reference': (one, other) => `${one}&shy;${other}`,
  link: (one, other) => `[${one}](https://a.example/b)${other}`,
};
/** What sets cells and lines apart. */
const BREAKS: Record<string, Split> = {
  cells: (one, other) => `| ${one} | ${other} |`,
  lines: (one, other) => `${one}\n${other}`,
  'a line break': (one, other) => `${one}<br/>${other}`,
  'table data': (one, other) => `<td>${one}</td><td>${other}</td>`,
  quotation: (one, other) => `> ${one}\n> ${other}`,
};

const VALUES: [PiiType, string][] = [
  ['SSN', '536-22-8141'],
  ['PHONE', '+44 20 7946 0958'],
  ['EMAIL', 'orla.brannigan@post.example'],
  ['IP_ADDRESS', '203.0.113.77'],
  ['BANK_ACCOUNT', 'GB82WEST12345698765432'],
  ['CREDIT_CARD', '4111111111111111'],
];

const detector = new PiiDetector();
const before = 'The file says ';
const behind = ' and nothing else so far.';

function gateFor(known: readonly [PiiType, string][] = []) {
  const vault = createMaskingVault();
  vault.note(known.map(([type, value]) => ({ type, value })));
  return createOutputGate({
    pii: { scan: (text, values) => detector.scan(text, values), action: 'redact', vault },
  });
}

/** What is left to read of a value, once marks, addresses of links and what stands for values are taken away. */
const leftOf = (text: string) =>
  text
    .slice(before.length, -behind.length)
    .replace(/<[^>]*>|https?:[^)]*|\[\d\]|【[^】]*】|\[[A-Z_]+\]|&shy;/g, '')
    .replace(/[^\p{L}\p{N}]/gu, '');

const inPieces = (text: string, length: number) =>
  Array.from({ length: Math.ceil(text.length / length) }, (_, at) =>
    text.slice(at * length, (at + 1) * length),
  );

function expectGone(known: readonly [PiiType, string][], value: string, split: Split): void {
  for (let cut = 1; cut < value.length; cut++) {
    const text = before + split(value.slice(0, cut), value.slice(cut)) + behind;
    const whole = runGate(gateFor(known), [text]).text;
    if (leftOf(whole) !== '') throw new Error(`came out: ${whole}`);
    // A stream costs far more than a whole text: some of them, each cut otherwise.
    if (cut % 5 !== 1) continue;
    const { prefixes } = runGate(gateFor(known), inPieces(text, 2 + (cut % 4)));
    expect(prefixes.at(-1)).toBe(whole);
    for (const prefix of prefixes) if (!whole.startsWith(prefix)) throw new Error(`leaked: ${prefix}`);
  }
}

test.each(['628 | 555 | 0143', '628<br>555<br>0143', '555\n0143', '* 628\n* 555\n* 0143'])(
  'a telephone number that a passage holds is known without the codes of country and area: %j',
  (written) => {
    const known: [PiiType, string][] = [['PHONE', '+1 628 555 0143']];
    const { text } = runGate(gateFor(known), [`Call ${written} in the morning.`]);
    expect(text).toContain('[PHONE_NUMBER]');
    expect(text.replace(/\D/g, '')).not.toContain('0143');
    expect(runGate(gateFor(known), ['Case 628 has 555 pages.']).text).toBe('Case 628 has 555 pages.');
  },
);

describe.each(VALUES)('%s %s', (type, value) => {
  test.each(Object.entries(MARKUP))('does not come out, whole or streamed, split by: %s', (_, split) =>
    expectGone([], value, split),
  );

  test.each(Object.entries(BREAKS))('that a document holds does not come out, split by: %s', (_, split) =>
    expectGone([[type, value]], value, split),
  );
});

const NAMED: [PiiType, string][] = [['PERSON', 'Orla Brannigan']];

test.each([...Object.entries(MARKUP), ...Object.entries(BREAKS)])(
  'a name that a document holds does not come out, split by: %s',
  (_, split) => expectGone(NAMED, 'Orla Brannigan', split),
);

const GONE: [string, string, string][] = [
  ['an SSN in an Arabic script', 'Her SSN is ٥٣٦-٢٢-٨١٤١.', 'Her SSN is [SSN].'],
  ['an SSN in Devanagari', 'Her SSN is ५३६-२२-८१४१.', 'Her SSN is [SSN].'],
  ['a number with a raised mark', 'Her SSN is 536-22-8141².', 'Her SSN is [SSN]².'],
  ['a card in two cells', '| 4111 1111 | 1111 1111 |', '| [CREDIT_CARD] |'],
  ['an account over two lines', 'Pay GB82 WEST 1234\n5698 7654 32 now.', 'Pay [BANK_ACCOUNT] now.'],
  [
    'a name in capitals, surname first',
    'Signed by BRANNIGAN, ORLA on Monday.',
    'Signed by [PERSON] on Monday.',
  ],
  ['a name in emphasis', 'Ask Or**la** *Brannigan* about it.', 'Ask [PERSON]* about it.'],
  ['an escaped address', 'Write to orla\\.brannigan\\@post.example now.', 'Write to [EMAIL] now.'],
];

test.each(GONE)('%s does not come out', (_, text, expected) =>
  expect(runGate(gateFor(NAMED), [text]).text).toBe(expected),
);

it('lets cells, lines and lists of numbers, versions, dates and code out as they are', () => {
  const texts = [
    '| year | sold | left |\n| --- | ---: | ---: |\n| 2019 | 4111 | 1111 |\n| 2020 | 1111 | 1111 |\n',
    '- 1.2.3\n- 10.0\n- 0.1\n\n| 10.0.1 | 2.5 |\n| 10.0.2 | 2.6 |\n',
    '12\n345\n6789\n555\n0132\n',
    '| 536 | 22 | 8141 |\n| 123 | 45 | 6789 |\n',
    'Thanks to `alice` and bob\n@carol for `npm i some-package@2.1.0`.\nNext, `a * b * c` and snake_case_names.\n',
    '| from | to |\n| 2024-03-01 | 2024-04-01 |\n| 01/02/2024 | 03/02/2024 |\n',
    '```js\nconst rgb = [255, 128, 64], x = a[10][20] && b < c;\n```\n',
  ];
  for (const text of texts) expect(runGate(gateFor(), [text]).text).toBe(text);
});

it('comes out the same however it is cut, whatever the marks', () => {
  const parts = ['536-22', '-8141', '4111 1111 ', '1111 1111', 'Orla', ' Brannigan', '@post.example', ' ', ' ', '\n', '**', '*', '`', '[1]', '[', '](', 'https://a.example/b)', '<b>', '</b', '>', '<span class="', 'x">', '&#', '50;', '&amp;', ' | ', '\\', 'word ', '. ']; // prettier-ignore
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...parts), { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (chosen, places) => {
        const text = chosen.join('');
        const cuts = [
          0,
          ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b),
          text.length,
        ];
        const pieces = cuts.slice(1).map((end, at) => text.slice(cuts[at], end));
        expect(runGate(gateFor(NAMED), pieces).text).toBe(runGate(gateFor(NAMED), [text]).text);
      },
    ),
    { seed: SEED, numRuns: 100 },
  );
});
