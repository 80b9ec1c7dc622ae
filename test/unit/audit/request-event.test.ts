import { expect, test } from '@jest/globals';
import { requestEvent, type EndedRequest } from '../../../src/audit/request-event.ts';
import type { RequestContext } from '../../../src/observability/request-context.ts';

const ended: EndedRequest = {
  method: 'POST',
  status: 200,
  aborted: false,
  address: undefined,
  latencyMs: 1.23456,
};
const context: RequestContext = { requestId: 'request-1', facts: {}, action: 'query', route: '/query' };

test.each<[string, Partial<RequestContext>, Partial<EndedRequest>, string]>([
  ['an answer', {}, {}, 'success'],
  ['a refusal', { facts: { refusal: 'not_in_documents' } }, {}, 'refused'],
  ['no key', { problem: 'unauthenticated' }, { status: 401 }, 'denied'],
  ['a missing scope', { problem: 'forbidden' }, { status: 403 }, 'denied'],
  ['a limit', { problem: 'budget_exceeded' }, { status: 429 }, 'denied'],
  ['a blocked question', { problem: 'content_blocked', category: 'hate' }, { status: 400 }, 'denied'],
  ['a wrong body', { problem: 'invalid_request' }, { status: 400 }, 'failure'],
  ['a fault of ours', { problem: 'internal' }, { status: 500 }, 'failure'],
  ['a client that went away', {}, { aborted: true }, 'aborted'],
])('%s', (_name, known, end, outcome) => {
  const event = requestEvent({ ...context, ...known }, { ...ended, ...end });
  expect(event).toMatchObject({
    event: 'request',
    action: 'query',
    outcome,
    request_id: 'request-1',
    tenant: '',
  });
});

test('has no field for what is not known, and bounds what comes from outside', () => {
  const principal = { tenant: 'red', subject: 's'.repeat(1_000), scopes: [], groups: [] };
  const facts = {
    documents: Array.from({ length: 500 }, String),
    usage: { promptTokens: 1, completionTokens: 2, costUsd: null },
  };
  const event = requestEvent({ ...context, principal, facts }, ended);
  expect(event.subject).toHaveLength(256);
  expect(event.documents).toHaveLength(100);
  expect(event.latency_ms).toBe(1.2);
  expect(Object.values(event)).not.toContain(undefined);
  expect(event).not.toHaveProperty('cost_usd');
});
