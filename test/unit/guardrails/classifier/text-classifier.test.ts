import { expect, test } from '@jest/globals';
import {
  createTextClassifier,
  loadTextClassifier,
} from '../../../../src/guardrails/classifier/text-classifier.ts';
import { textWindows } from '../../../../src/guardrails/classifier/text-windows.ts';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';
import {
  trainClassifier,
  type Example,
} from '../../../../training/guardrails/classifier/train-classifier.ts';

const FRUIT = ['apples', 'pears', 'plums', 'cherries'];
const TOOLS = ['hammers', 'saws', 'pliers', 'drills'];
const sentences = (things: string[], fruit: 0 | 1): Example[] =>
  things.flatMap((thing) =>
    ['we bought {} today', 'the {} are in the box', 'do you like {}', 'nobody has {}'].map((frame) => ({
      text: frame.replace('{}', thing),
      labels: { fruit, marked: null },
      group: `${thing} ${frame}`,
    })),
  );
const examples = [...sentences(FRUIT, 1), ...sentences(TOOLS, 0)];
const options = { epochs: 20, folds: 2, hidden: 4, rate: 0.05 };
const train = (some: Example[] = examples) => trainClassifier({ examples: some, labels: ['fruit'], options });
const { model, outOfFold } = train();
const classifier = createTextClassifier(model);
const fruit = (text: string) => classifier.classify(guardText(text))[0]!;

test('it learns a label, also for words that it has not seen', () => {
  expect(fruit('they sold apples')).toBeGreaterThan(0.5);
  expect(fruit('they sold apricots')).toBeGreaterThan(fruit('they sold screwdrivers'));
  expect(fruit('they sold saws')).toBeLessThan(0.5);
});

test('training twice gives the same model', () => {
  // Compared as bytes: Jest takes minutes for so many numbers.
  const again = train().model;
  expect(Buffer.compare(Buffer.from(again.sparse), Buffer.from(model.sparse))).toBe(0);
  expect(again.inner).toEqual(model.inner);
});

test('each example has the probabilities of a model that did not see it', () => {
  expect(outOfFold).toHaveLength(examples.length);
  for (const [probability] of outOfFold) {
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThan(1);
  }
});

test('the strongest window of a long text counts', () => {
  const filler = 'the saws and the pliers are in the box . '.repeat(100);
  expect(fruit(filler)).toBeLessThan(0.5);
  expect(
    fruit(`${filler} we bought apples and pears and plums and cherries today ${filler}`),
  ).toBeGreaterThan(fruit(filler));
});

test('a close look finds one sentence in a long text, and a discount makes it count less', () => {
  const filler = 'the saws and the pliers are in the box . '.repeat(20);
  const text = guardText(`${filler} we bought plums and pears today . ${filler}`);
  const look = (discount: number) =>
    classifier.classify(text, [], { leastWords: 60, mostWords: 30, from: 0, discount })[0]!;
  expect(look(0)).toBeGreaterThan(classifier.classify(text)[0]!);
  expect(look(1)).toBeLessThan(look(0));
  expect(look(100)).toBe(classifier.classify(text)[0]!);
});

test('a window is cut into sentences without a word lost, and without end marks by length', () => {
  const [window] = textWindows(guardText('One two three four. Five! Six seven eight? Nine ten'), [
    { name: 'early', at: 4 },
  ]);
  const told = [...window!.sentences(30)].map(({ words, from, to, marks }) => ({
    text: words.slice(from, to).join(' '),
    marks,
  }));
  expect(told).toEqual([
    { text: 'one two three four .', marks: ['early'] },
    { text: 'five ! six seven eight ?', marks: [] },
    { text: 'nine ten', marks: [] },
  ]);
  const [endless] = textWindows(guardText('word '.repeat(70)), []);
  expect([...endless!.sentences(30)].map(({ from, to }) => to - from)).toEqual([30, 30, 10]);
  const [short] = textWindows(guardText('Nothing to cut here.'), []);
  expect([...short!.sentences(30)]).toEqual([]);
});

test('what a list found is a feature of its own', () => {
  const text = 'it is what it is';
  const marks = [{ name: 'listed', at: 0 }];
  const marked: Example[] = Array.from({ length: 12 }, (_, at) => ({
    text,
    group: String(at),
    labels: { listed: at % 2 === 0 ? 1 : 0 },
    marks: at % 2 === 0 ? marks : [],
  }));
  const trained = trainClassifier({ examples: marked, labels: ['listed'], options });
  const { classify } = createTextClassifier(trained.model);
  expect(classify(guardText(text), marks)[0]).toBeGreaterThan(classify(guardText(text))[0]!);
});

test('a mark stands in the windows that hold its place, one without a place in all', () => {
  const text = guardText('word '.repeat(300));
  const windows = [...textWindows(text, [{ name: 'here', at: 1000 }, { name: 'everywhere' }])];
  expect(windows.length).toBeGreaterThan(2);
  for (const { from, to, marks } of windows) {
    const holds = from <= 200 && 200 < to;
    expect(marks).toEqual(holds ? ['everywhere', 'here'] : ['everywhere']);
  }
});

test('an empty text has probabilities too', () => {
  const scores = loadTextClassifier('content').classify(guardText(''));
  expect([...scores].every((score) => score >= 0 && score <= 1)).toBe(true);
});

test('what is no text is judged as well, however long', () => {
  for (const unit of ['a', 'a ', '*', 'a*', '\u0000']) {
    expect(fruit(unit.repeat(20_000))).toBeLessThanOrEqual(1);
  }
});
