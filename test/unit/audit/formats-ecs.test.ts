import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packageVersion } from '../../../src/config/package-root.ts';
import type { AuditEvent } from '../../../src/audit/audit-event.ts';
import { auditLine, type AuditRecord } from '../../../src/audit/formats/index.ts';
import { auditRecords } from './audit-record-arbitrary.ts';

/** Categories of ECS 8.17 that are used, each with the types that the schema expects with it. */
const EXPECTED_TYPES: Record<string, string[]> = {
  api: 'access admin allowed change creation deletion denied end info start user'.split(' '),
  authentication: ['start', 'end', 'info'],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  iam: ['admin', 'change', 'creation', 'deletion', 'group', 'info', 'user'],
  intrusion_detection: ['allowed', 'denied', 'info'],
  web: ['access', 'error', 'info'],
};

type EcsEvent = { kind: string; category: string[]; type: string[]; outcome: string };
type Ecs = Record<string, unknown> & { event: EcsEvent };

const read = (record: AuditRecord) => JSON.parse(auditLine('ecs', record)) as Ecs;

const event: AuditEvent = {
  id: '5f8e7f4e-5d0c-4f6c-9d0b-1f2f3f4f5f6f',
  time: '2030-01-02T03:04:05.678Z',
  event: 'request',
  action: 'query',
  outcome: 'success',
  tenant: 'acme',
};

describe('ECS', () => {
  it('has values that the schema allows, whatever the event', () => {
    fc.assert(
      fc.property(auditRecords, (record) => {
        const { kind, category, type, outcome } = read(record).event;
        expect(['event', 'alert']).toContain(kind);
        expect(['success', 'failure', 'unknown']).toContain(outcome);
        expect(category.length).toBeGreaterThan(0);
        expect(type.length).toBeGreaterThan(0);
        for (const each of category) expect(Object.keys(EXPECTED_TYPES)).toContain(each);
        const expected = category.flatMap((each) => EXPECTED_TYPES[each]);
        for (const each of type) expect(expected).toContain(each);
      }),
    );
  });

  it('has a field for all that is known of a question', () => {
    const line = read({
      seq: 7,
      hash: 'ab'.repeat(32),
      event: {
        ...event,
        subject: 'ada',
        key_id: 'key-1',
        method: 'POST',
        route: '/query',
        status: 200,
        address: '192.0.2.0',
        request_id: 'request-1',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        latency_ms: 12.5,
        model: 'gpt-4o-mini',
        prompt_tokens: 100,
        completion_tokens: 20,
        cost_usd: 0.001,
        guardrails: { redactions: [{ type: 'EMAIL', count: 1, where: 'input' }], flags: [] },
        documents: ['document-1'],
        query_hash: 'cd',
      },
    });
    expect(line).toEqual({
      '@timestamp': '2030-01-02T03:04:05.678Z',
      ecs: { version: '8.17.0' },
      event: {
        kind: 'event',
        category: ['web', 'api'],
        type: ['access'],
        action: 'query',
        outcome: 'success',
        id: event.id,
        dataset: 'sallyport.audit',
        duration: 12_500_000,
        sequence: 7,
        hash: 'ab'.repeat(32),
      },
      service: { name: 'sallyport', version: packageVersion },
      organization: { id: 'acme' },
      user: { id: 'ada' },
      source: { address: '192.0.2.0', ip: '192.0.2.0' },
      client: { address: '192.0.2.0', ip: '192.0.2.0' },
      http: { request: { method: 'POST', id: 'request-1' }, response: { status_code: 200 } },
      labels: { route: '/query' },
      trace: { id: '0af7651916cd43dd8448eb211c80319c' },
      gen_ai: {
        request: { model: 'gpt-4o-mini' },
        usage: { input_tokens: 100, output_tokens: 20 },
      },
      sallyport: {
        event: 'request',
        outcome: 'success',
        key_id: 'key-1',
        cost_usd: 0.001,
        guardrails: { redactions: [{ type: 'EMAIL', count: 1, where: 'input' }], flags: [] },
        documents: ['document-1'],
        query_hash: 'cd',
      },
    });
  });

  it.each<[string, Partial<AuditEvent>, Partial<EcsEvent>]>([
    [
      'a key that nobody knows',
      { outcome: 'denied', status: 401, code: 'unauthenticated' },
      { category: ['authentication', 'api'], type: ['start', 'denied'], outcome: 'failure' },
    ],
    [
      'a token that was issued',
      { action: 'token.issue', status: 200 },
      { category: ['authentication', 'api'], type: ['start'], outcome: 'success' },
    ],
    [
      'a key that was made',
      { event: 'admin_action', action: 'keys.create', status: 201 },
      { category: ['iam', 'api'], type: ['creation'], outcome: 'success' },
    ],
    [
      'a key that somebody may not revoke',
      { event: 'admin_action', action: 'keys.revoke', outcome: 'denied', status: 403 },
      { category: ['iam', 'api'], type: ['deletion', 'denied'], outcome: 'failure' },
    ],
    [
      'another log level',
      { event: 'admin_action', action: 'log_level.change', status: 200 },
      { category: ['configuration', 'api'], type: ['change'] },
    ],
    [
      'a question that a guardrail stopped',
      { outcome: 'denied', status: 422, code: 'prompt_injection' },
      { kind: 'alert', category: ['intrusion_detection', 'api'], type: ['access', 'denied'] },
    ],
    [
      'an answer that was withheld',
      { outcome: 'refused', status: 200, code: 'output_blocked' },
      { kind: 'alert', outcome: 'success' },
    ],
    ['a call to a model', { event: 'model_call', action: 'chat' }, { category: ['api'], type: ['info'] }],
    ['a client that went away', { outcome: 'aborted' }, { outcome: 'unknown' }],
    [
      'old records that were removed',
      { event: 'audit', action: 'audit.prune', tenant: '', count: 3 },
      { category: ['configuration'], type: ['deletion'] },
    ],
  ])('categorises %s', (_what, fields, expected) => {
    expect(read({ event: { ...event, ...fields } }).event).toMatchObject(expected);
  });

  it('takes only an IP address for one', () => {
    expect(read({ event: { ...event, address: 'unix:' } }).client).toEqual({ address: 'unix:' });
    expect(read({ event: { ...event, address: '2001:db8::' } }).client).toEqual({
      address: '2001:db8::',
      ip: '2001:db8::',
    });
  });
});
