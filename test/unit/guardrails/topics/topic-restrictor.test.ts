import { describe, expect, test } from '@jest/globals';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';
import { DEFAULT_REJECTION, TopicRestrictor } from '../../../../src/guardrails/topics/topic-restrictor.ts';

const judge = (restrictor: TopicRestrictor, text: string) => restrictor.judge(guardText(text));

describe('an allow-list', () => {
  const restrictor = new TopicRestrictor({
    allowedTopics: ['billing and invoices', 'shipping: delivery and tracking of parcels'],
  });

  test.each([
    ['My last invoice shows the wrong amount.', 'billing and invoices'],
    ['The parcel was due on Monday, where is it?', 'shipping: delivery and tracking of parcels'],
  ])('lets "%s" through and says which topic it is on', (text, topic) => {
    const verdict = judge(restrictor, text);
    expect(verdict).toMatchObject({ allowed: true, topic });
    expect(verdict.score).toBeGreaterThan(0.5);
  });

  test.each([
    'Which planet has the most moons?',
    'Write me a love poem about the sea.',
    'My knee is swollen.',
  ])('refuses "%s"', (text) => {
    const verdict = judge(restrictor, text);
    expect(verdict).toMatchObject({ allowed: false, topic: null });
    expect(verdict.score).toBeLessThan(0.5);
  });

  test.each([
    'Hi there!',
    'Thank you very much',
    'yes please',
    'Could you explain that again?',
    '👍',
    '?',
    '',
  ])('does not refuse "%s", which is on no topic at all', (text) => {
    expect(judge(restrictor, text)).toMatchObject({ allowed: true, topic: null });
  });

  test('sees through letters that only look Latin', () => {
    const [plain, disguised] = ['Which planet has the most moons?', 'Whiсh plаnet hаs the mоst mооns?'];
    expect(judge(restrictor, disguised)).toEqual(judge(restrictor, plain));
  });
});

describe('a block-list', () => {
  const restrictor = new TopicRestrictor({ blockedTopics: ['medical diagnosis', 'legal advice'] });

  test.each([
    ['I have had a fever and a rash since Tuesday, which illness is it?', 'medical diagnosis'],
    ['Can I sue my employer in court over this?', 'legal advice'],
  ])('refuses "%s" and names the topic', (text, topic) => {
    expect(judge(restrictor, text)).toMatchObject({ allowed: false, topic });
  });

  test.each(['How do I change the oil filter?', 'Turn the volume down.', '...'])(
    'leaves "%s" alone',
    (text) => {
      expect(judge(restrictor, text)).toMatchObject({ allowed: true, topic: null });
    },
  );

  test('goes before an allow-list', () => {
    const text = 'Can I sue my employer in court over this?';
    const both = new TopicRestrictor({ allowedTopics: ['law'], blockedTopics: ['legal advice'] });
    expect(judge(new TopicRestrictor({ allowedTopics: ['law'] }), text).allowed).toBe(true);
    expect(judge(both, text)).toMatchObject({ allowed: false, topic: 'legal advice' });
  });
});

test('without topics everything is allowed', () => {
  expect(judge(new TopicRestrictor({}), 'anything at all')).toEqual({ allowed: true, score: 1, topic: null });
});

test('examples teach a topic that its description does not tell', () => {
  const text = 'Does the blue widget fit the northern frame?';
  const named = { allowedTopics: ['Project Halibut'] };
  const examples = {
    'Project Halibut': ['which frame takes the red widget', 'widgets for the southern frame'],
  };
  const told = judge(new TopicRestrictor(named), text);
  const taught = new TopicRestrictor({ ...named, examples });
  expect(judge(taught, text)).toMatchObject({ allowed: true, topic: 'Project Halibut' });
  expect(judge(taught, text).score).toBeGreaterThan(told.score);
  expect(judge(taught, 'Which planet has the most moons?').allowed).toBe(false);
});

test('the thresholds are those asked for', () => {
  const text = 'My last invoice shows the wrong amount.';
  const topics = ['billing'];
  const { score } = judge(new TopicRestrictor({ allowedTopics: topics }), text);
  expect(judge(new TopicRestrictor({ allowedTopics: topics, threshold: score }), text).allowed).toBe(true);
  expect(judge(new TopicRestrictor({ allowedTopics: topics, threshold: score + 1e-9 }), text).allowed).toBe(
    false,
  );
  expect(judge(new TopicRestrictor({ blockedTopics: topics, blockThreshold: 1.1 }), text).allowed).toBe(true);
});

test('check says what to answer, to a string or a prepared text', async () => {
  const options = { allowedTopics: ['billing'] };
  const text = 'Which planet has the most moons?';
  expect(await new TopicRestrictor(options).check(text)).toMatchObject({
    allowed: false,
    rejectionMessage: DEFAULT_REJECTION,
  });
  const polite = new TopicRestrictor({ ...options, rejectionMessage: 'Ask me about bills.' });
  expect(await polite.check(guardText(text))).toMatchObject({ rejectionMessage: 'Ask me about bills.' });
  expect(await polite.check('thanks')).toMatchObject({ allowed: true, rejectionMessage: null });
});

test.each(['', ' , and : ', 'a'.repeat(10_000), ', '.repeat(10_000)])(
  'an odd description is no error',
  (name) => {
    const { score } = judge(
      new TopicRestrictor({ allowedTopics: [name], blockedTopics: [name] }),
      'some text',
    );
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
  },
);

test('of more descriptions than are remembered each keeps its meaning', () => {
  for (let turn = 0; turn < 300; turn++) new TopicRestrictor({ blockedTopics: [`matter ${turn}`] });
  const text = 'My last invoice shows the wrong amount.';
  expect(judge(new TopicRestrictor({ allowedTopics: ['billing'] }), text).allowed).toBe(true);
});
