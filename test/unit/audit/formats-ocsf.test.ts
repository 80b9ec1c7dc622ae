import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEvent } from '../../../src/audit/audit-event.ts';
import { auditLine, type AuditRecord } from '../../../src/audit/formats/index.ts';
import { auditRecords } from './audit-record-arbitrary.ts';

type Fields = Record<string, unknown>;
/** Who did what from where. */
type Evidence = { actor?: { user?: Fields }; user?: Fields; src_endpoint: Fields };
type Ocsf = Fields &
  Evidence & { class_uid: number; activity_id: number; evidences?: [Evidence]; unmapped: Fields };

const SEVERITIES = [0, 1, 2, 3, 4, 5, 6, 99];

/** What OCSF 1.3 requires of each class that is used, and the values it allows. */
const CLASSES: Record<
  number,
  { name: string; category: number; activities: number[]; statuses: number[]; required: string[] }
> = {
  6003: {
    name: 'API Activity',
    category: 6,
    activities: [0, 1, 2, 3, 4, 99],
    statuses: [0, 1, 2, 99],
    required: ['actor', 'api', 'src_endpoint'],
  },
  3002: {
    name: 'Authentication',
    category: 3,
    activities: [0, 1, 2, 3, 4, 5, 99],
    statuses: [0, 1, 2, 99],
    required: ['user', 'service'],
  },
  2004: {
    name: 'Detection Finding',
    category: 2,
    activities: [0, 1, 2, 3, 99],
    statuses: [0, 1, 2, 3, 4, 5, 6, 99],
    required: ['finding_info'],
  },
};

const read = (record: AuditRecord) => JSON.parse(auditLine('ocsf', record)) as Ocsf;

const event: AuditEvent = {
  id: '5f8e7f4e-5d0c-4f6c-9d0b-1f2f3f4f5f6f',
  time: '2030-01-02T03:04:05.678Z',
  event: 'request',
  action: 'query',
  outcome: 'success',
  tenant: 'acme',
};

describe('OCSF', () => {
  it('has what its class requires, with values that the class allows, whatever the event', () => {
    fc.assert(
      fc.property(auditRecords, (record) => {
        const line = read(record);
        const kind = CLASSES[line.class_uid]!;
        expect(line).toMatchObject({
          class_name: kind.name,
          category_uid: kind.category,
          type_uid: line.class_uid * 100 + line.activity_id,
          time: Date.parse(record.event.time),
          metadata: {
            version: '1.3.0',
            product: { name: 'Sallyport', vendor_name: 'Sallyport' },
            uid: record.event.id,
          },
        });
        expect(kind.activities).toContain(line.activity_id);
        expect(kind.statuses).toContain(line.status_id);
        expect(SEVERITIES).toContain(line.severity_id);
        for (const name of kind.required) expect(line).toHaveProperty(name);
        if (line.activity_id === 99) expect(line.activity_name).toBe(record.event.action);
      }),
      { numRuns: 300 },
    );
  });

  it('has objects with what they require in turn', () => {
    fc.assert(
      fc.property(auditRecords, (record) => {
        const line = read(record);
        const [evidence] = line.evidences ?? [line];
        const user = evidence.user ?? evidence.actor?.user;
        if (user !== undefined)
          expect(Object.keys(user)).toEqual(expect.arrayContaining([expect.stringMatching(/^(uid|name)$/)]));
        else expect(evidence).toHaveProperty('actor.app_name');
        expect(Object.keys(evidence.src_endpoint)).toEqual([expect.stringMatching(/^(ip|name|svc_name)$/)]);
        if (line.class_uid !== 3002) expect(evidence).toHaveProperty('api.operation', record.event.action);
        if (line.class_uid === 2004) {
          expect(line).not.toHaveProperty('actor');
          expect(line).toHaveProperty('finding_info.uid', record.event.id);
          expect(line).toHaveProperty('finding_info.title');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells a question as API Activity, with the rest unmapped', () => {
    const line = read({
      seq: 7,
      hash: 'ab',
      event: {
        ...event,
        subject: 'ada',
        key_id: 'key-1',
        method: 'POST',
        route: '/query',
        status: 200,
        address: '192.0.2.0',
        request_id: 'request-1',
        latency_ms: 12.5,
        model: 'gpt-4o-mini',
        prompt_tokens: 100,
        documents: ['document-1'],
      },
    });
    expect(line).toMatchObject({
      class_uid: 6003,
      activity_id: 2,
      type_uid: 600_302,
      severity_id: 1,
      status_id: 1,
      actor: { user: { uid: 'ada', credential_uid: 'key-1', org: { uid: 'acme' } } },
      api: { operation: 'query', request: { uid: 'request-1' }, response: { code: 200 } },
      src_endpoint: { ip: '192.0.2.0' },
      http_request: { http_method: 'POST' },
      metadata: { sequence: 7, correlation_uid: 'request-1' },
    });
    expect(line.unmapped).toEqual({
      hash: 'ab',
      outcome: 'success',
      tenant: 'acme',
      key_id: 'key-1',
      route: '/query',
      latency_ms: 12.5,
      model: 'gpt-4o-mini',
      prompt_tokens: 100,
      documents: ['document-1'],
    });
  });

  it.each([
    ['documents.create', 1],
    ['documents.list', 2],
    ['keys.rotate', 3],
    ['log_level.change', 3],
    ['keys.revoke', 4],
    ['guardrails.check', 99],
  ])('tells what %s does', (action, activity) => {
    expect(read({ event: { ...event, event: 'admin_action', action } }).activity_id).toBe(activity);
  });

  it('tells a request without a good key, and a token, as Authentication', () => {
    const denied = read({
      event: { ...event, tenant: '', outcome: 'denied', status: 401, code: 'unauthenticated' },
    });
    expect(denied).toMatchObject({
      class_uid: 3002,
      type_uid: 300_201,
      status_id: 2,
      status_code: 'unauthenticated',
      user: { name: 'anonymous' },
      unmapped: { action: 'query', status: 401 },
    });
    const issued = read({ event: { ...event, action: 'token.issue', status: 200, subject: 'ada' } });
    expect(issued).toMatchObject({ class_uid: 3002, status_id: 1, user: { uid: 'ada' } });
  });

  it.each(['prompt_injection', 'content_blocked', 'pii_blocked', 'output_blocked'])(
    'tells %s as a Detection Finding, with the request as its evidence',
    (code) => {
      const line = read({ event: { ...event, outcome: 'denied', status: 422, code, category: 'violence' } });
      expect(line).toMatchObject({
        class_uid: 2004,
        type_uid: 200_401,
        severity_id: 3,
        finding_info: { uid: event.id, types: [code, 'violence'] },
        evidences: [{ api: { operation: 'query', response: { code: 422, error: code } } }],
      });
    },
  );

  it('tells lost events as severe, and as done by the server itself', () => {
    const line = read({
      event: { ...event, event: 'audit', action: 'audit.lost', outcome: 'failure', tenant: '', count: 3 },
    });
    expect(line).toMatchObject({
      class_uid: 6003,
      severity_id: 4,
      actor: { app_name: 'sallyport' },
      src_endpoint: { svc_name: 'sallyport' },
      unmapped: { count: 3 },
    });
  });
});
