import { expect } from '@jest/globals';
import type { Reply } from './http.ts';

/** A refusal is a whole problem document, and names its request. */
export const expectProblem = (reply: Reply, status: number, code: string): void => {
  expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
  expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const { issues, category: _, reason, ...members } = reply.body;
  expect(members).toEqual({
    type: expect.stringContaining(code),
    title: expect.stringMatching(/\w/),
    status,
    detail: expect.stringMatching(/\w/),
    instance: expect.stringMatching(/^\//),
    code,
    request_id: reply.headers.get('x-request-id'),
    error: expect.stringMatching(/\w/),
    ...(status === 429 ? { scope: expect.stringMatching(/^(key|tenant|server)$/) } : {}),
  });
  // Which of its causes a failure has is a name, and no sentence.
  if (reason !== undefined) expect(reason).toMatch(/^[a-z_]{2,40}$/);
  if (issues !== undefined)
    expect(issues).toEqual(
      (issues as unknown[]).map(() => ({ path: expect.any(String), message: expect.stringMatching(/\w/) })),
    );
  expect(reply.headers.get('x-request-id')).toMatch(/^[\w.-]{8,}$/);
};
