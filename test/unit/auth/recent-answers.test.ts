import { describe, expect, test } from '@jest/globals';
import { createRecentAnswers } from '../../../src/auth/recent-answers.ts';

/** A source that answers when the test says so, and a clock that stands still until the test moves it. */
const sourceWith = ({ most = 100 } = {}) => {
  const asked: { id: string; answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const clock = { now: 1_000 };
  const answers = createRecentAnswers(
    (id) => new Promise<string>((answer, fail) => asked.push({ id, answer, fail })),
    { most, now: () => clock.now },
  );
  return { asked, clock, answers };
};

describe('recent answers', () => {
  test('one question at a time: those who wait share it', async () => {
    const { asked, answers } = sourceWith();
    const waiting = Promise.all(Array.from({ length: 50 }, () => answers.get('a', 1_000)));
    expect(asked).toHaveLength(1);
    asked[0]!.answer('yes');
    expect(new Set((await waiting).map(({ value }) => value))).toEqual(new Set(['yes']));
  });

  test('an answer serves those who take one of its age, counted from the asking, and nobody else', async () => {
    const { asked, clock, answers } = sourceWith();
    const first = answers.get('a', 1_000);
    clock.now = 1_400;
    asked[0]!.answer('yes');
    await first;
    clock.now = 1_500;
    expect(await answers.get('a', 1_000)).toEqual({ value: 'yes', askedAt: 1_000 });
    const later = answers.get('a', 1_001);
    expect(asked).toHaveLength(2);
    asked[1]!.answer('no');
    expect(await later).toEqual({ value: 'no', askedAt: 1_500 });
  });

  test('whoever comes to a question that is too old waits for its end, and then asks anew, once for all', async () => {
    const { asked, clock, answers } = sourceWith();
    const first = answers.get('a', 1_000);
    clock.now = 3_000;
    const late = [answers.get('a', 2_500), answers.get('a', 2_500)];
    expect(asked).toHaveLength(1);
    asked[0]!.answer('old');
    expect((await first).value).toBe('old');
    await new Promise(setImmediate);
    expect(asked).toHaveLength(2);
    asked[1]!.answer('new');
    expect((await Promise.all(late)).map(({ value }) => value)).toEqual(['new', 'new']);
  });

  test('a failure is told to those who wait, and the next one asks anew', async () => {
    const { asked, answers } = sourceWith();
    const waiting = [answers.get('a', 1_000), answers.get('a', 1_000)];
    asked[0]!.fail(new Error('away'));
    for (const each of waiting) await expect(each).rejects.toThrow('away');
    const next = answers.get('a', 1_000);
    asked[1]!.answer('yes');
    expect((await next).value).toBe('yes');
  });

  test('what is forgotten is asked anew, even while it was being asked', async () => {
    const { asked, answers } = sourceWith();
    const before = answers.get('a', 1_000);
    answers.forget('a');
    const after = answers.get('a', 1_000);
    asked[1]!.answer('new');
    asked[0]!.answer('old');
    expect([(await before).value, (await after).value]).toEqual(['old', 'new']);
    expect((await answers.get('a', 1_000)).value).toBe('new');
  });

  test('only so many are kept: the oldest go', async () => {
    const { asked, answers } = sourceWith({ most: 2 });
    for (const id of ['a', 'b', 'c']) {
      const answer = answers.get(id, 1_000);
      asked.at(-1)!.answer(id);
      await answer;
    }
    await Promise.all([answers.get('b', 1_000), answers.get('c', 1_000)]);
    expect(asked).toHaveLength(3);
    void answers.get('a', 1_000);
    expect(asked.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'a']);
  });
});
