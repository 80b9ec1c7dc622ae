import { expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import { failClosed } from '../../../src/guardrails/fail-closed.ts';

const broken = new Error('the text of a question');
const refusal = expect.objectContaining({ code: 'guardrail_unavailable', cause: broken });
const outcomeOf = async (guard: () => unknown): Promise<unknown> => {
  try {
    return await failClosed(guard);
  } catch (error) {
    return error;
  }
};

test('a guardrail that throws, or rejects, refuses without a word of what it saw', async () => {
  const guards = [
    () => {
      throw broken;
    },
    () => Promise.reject(broken),
  ];
  for (const guard of guards) {
    const outcome = await outcomeOf(guard);
    expect(outcome).toEqual(refusal);
    expect((outcome as AppError).message).not.toContain('question');
  }
});

test('what a guardrail says passes, its refusals as they are', async () => {
  const blocked = new AppError('content_blocked', 'No.');
  expect(await outcomeOf(() => 'fine')).toBe('fine');
  expect(await outcomeOf(async () => 'fine')).toBe('fine');
  expect(await outcomeOf(() => Promise.reject(blocked))).toBe(blocked);
});
