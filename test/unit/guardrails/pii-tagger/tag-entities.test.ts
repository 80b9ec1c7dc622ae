import { describe, expect, test } from '@jest/globals';
import { tagEntities } from '../../../../src/guardrails/pii/tagger/tag-entities.ts';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';

/** `TYPE: text` of all that is found with at least this score. */
function found(text: string, leastScore = 0.3): string[] {
  const guarded = guardText(text);
  return tagEntities(guarded)
    .filter(({ score }) => score >= leastScore)
    .map(({ type, start, end }) => `${type}: ${guarded.text.slice(start, end)}`);
}

describe('names of people', () => {
  test.each([
    ['My name is Peter Johnson.', 'Peter Johnson'],
    ['my name is jana novak', 'jana novak'],
    ['did wei zhang call', 'wei zhang'],
    ['Kind regards,\nOluwaseun Adeyemi', 'Oluwaseun Adeyemi'],
    ['Меня зовут Иван Петров.', 'Иван Петров'],
    ['Please transfer 50 euros to Marie-Claire Dubois', 'Marie-Claire Dubois'],
  ])('are found in %j', (text, name) => {
    expect(found(text)).toEqual([`PERSON: ${name}`]);
  });

  test('are found one by one in a list', () => {
    expect(found('Attendees: Anna Kowalska, Ahmed Hassan and Sven Olafsson')).toEqual([
      'PERSON: Anna Kowalska',
      'PERSON: Ahmed Hassan',
      'PERSON: Sven Olafsson',
    ]);
  });
});

describe('postal addresses', () => {
  test('are found on one line', () => {
    expect(found('Please ship it to 12 Baker Street, Leeds LS1 4DY')).toEqual([
      'ADDRESS: 12 Baker Street, Leeds LS1 4DY',
    ]);
  });

  test('are found over several lines, and the name above them is a name', () => {
    const spans = found('Elena Rossi\n\n14 Oak Avenue\nSuite 210\nPortland, OR 97201');
    expect(spans[0]).toBe('PERSON: Elena Rossi');
    expect(spans.slice(1).join()).toMatch(/^ADDRESS: 14 Oak Avenue/);
    expect(spans.at(-1)).toMatch(/97201$/);
  });

  test('are more than digits', () => {
    expect(found('nobody answers at 0680 298 70 63', 0)).toEqual([]);
  });
});

describe('other text', () => {
  test.each([
    'What is our refund policy?',
    'The May release was delayed, and will ship with the next update.',
    'Run `npm install` and set PII_ACTION to mask in Docker Compose.',
    'const user = await createUser({ id: 42 });',
    'Microsoft opened an office in Dublin on Monday.',
    'THIS IS THE WORST SERVICE EVER',
    '',
  ])('has none: %j', (text) => {
    expect(found(text)).toEqual([]);
  });
});

test('a score is a probability', () => {
  for (const { score } of tagEntities(guardText('Ann Lee met Bob at 5 Elm St, then Smith Ltd called.'))) {
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(1);
  }
});

describe('what stands far away does not matter', () => {
  const filler = 'the committee will look at the report again in the next meeting of this year . '.repeat(8);
  const text = `please call Peter Johnson about it . ${filler}`;

  test('to what was found before more text came', () => {
    const before = tagEntities(guardText(text));
    const after = tagEntities(guardText(`${text}then write to Maria Lopez, 5 Elm Street, Austin, TX 73301`));
    expect(before.length).toBeGreaterThan(0);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length).toBeGreaterThan(before.length);
  });

  test('to what is found after text was cut off', () => {
    const alone = tagEntities(guardText(text));
    const behind = tagEntities(guardText(`ask Maria Lopez . ${filler}${filler}${text}`));
    const offset = `ask Maria Lopez . ${filler}${filler}`.length;
    expect(
      behind.slice(-alone.length).map(({ start, end }) => ({ start: start - offset, end: end - offset })),
    ).toEqual(alone.map(({ start, end }) => ({ start, end })));
  });
});

test.each([
  ['names', 'john smith '],
  ['digits', '12345 '],
  ['lines', '\n \n'],
  ['one word', 'a'],
  ['capitals', 'Aa'],
])('a long text of %s is read to its end', (_, piece) => {
  const text = piece.repeat(200_000 / piece.length);
  const entities = tagEntities(guardText(text));
  expect(entities.every(({ start, end }) => start < end && end <= text.length)).toBe(true);
});
