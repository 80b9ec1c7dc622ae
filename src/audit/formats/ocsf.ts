import { packageVersion } from '../../config/package-root.ts';
import type { AuditEvent, AuditOutcome } from '../audit-event.ts';
import { activityOf, isAuthentication, isGuardrailBlock, type Activity } from './activity.ts';
import type { AuditRecord } from './audit-record.ts';
import { compact } from './compact.ts';
import { actorOf, apiOf, requestOf, sourceOf, unmapped, userOf } from './ocsf-objects.ts';

/** The version of the Open Cybersecurity Schema Framework whose classes and attributes are used. */
const OCSF_VERSION = '1.3.0';

const API_ACTIVITY = { class_uid: 6003, class_name: 'API Activity', category_uid: 6 };
const AUTHENTICATION = { class_uid: 3002, class_name: 'Authentication', category_uid: 3 };
const DETECTION_FINDING = { class_uid: 2004, class_name: 'Detection Finding', category_uid: 2 };

const ACTIVITY_IDS = {
  create: 1,
  read: 2,
  update: 3,
  delete: 4,
  other: 99,
} as const satisfies Record<Activity, number>;
const LOGON = 1;
const FINDING_CREATED = 1;
const FINDING_NEW = 1;

const STATUSES = {
  success: { status_id: 1, status: 'Success' },
  refused: { status_id: 1, status: 'Success' },
  denied: { status_id: 2, status: 'Failure' },
  failure: { status_id: 2, status: 'Failure' },
  aborted: { status_id: 99, status: 'aborted' },
} as const satisfies Record<AuditOutcome, { status_id: number; status: string }>;

const INFORMATIONAL = 1;
const LOW = 2;
const MEDIUM = 3;
const HIGH = 4;

/** A record in OCSF: API Activity, Authentication or Detection Finding. What has no attribute there is in `unmapped`. */
export function ocsf(record: AuditRecord): object {
  const { event } = record;
  if (isGuardrailBlock(event)) return detectionFinding(record);
  return isAuthentication(event) ? authentication(record) : apiActivity(record);
}

function apiActivity(record: AuditRecord): object {
  const { event } = record;
  const activity = activityOf(event.action);
  return compact({
    ...classified(record, API_ACTIVITY, ACTIVITY_IDS[activity]),
    activity_name: activity === 'other' ? event.action : undefined,
    ...STATUSES[event.outcome],
    status_code: event.code,
    actor: actorOf(event),
    api: apiOf(event),
    src_endpoint: sourceOf(event),
    http_request: requestOf(event),
    unmapped: unmapped(record),
  });
}

function authentication(record: AuditRecord): object {
  const { event } = record;
  return compact({
    ...classified(record, AUTHENTICATION, LOGON),
    ...STATUSES[event.outcome],
    status_code: event.code,
    actor: actorOf(event),
    user: userOf(event),
    service: { name: 'sallyport' },
    is_remote: true,
    src_endpoint: sourceOf(event),
    http_request: requestOf(event),
    unmapped: { ...unmapped(record), action: event.action, status: event.status },
  });
}

/** The class has no actor or request of its own: they are the evidence. */
function detectionFinding(record: AuditRecord): object {
  const { event } = record;
  return compact({
    ...classified(record, DETECTION_FINDING, FINDING_CREATED),
    status_id: FINDING_NEW,
    status: 'New',
    status_code: event.code,
    finding_info: {
      uid: event.id,
      title: `Guardrail: ${String(event.code)}`,
      types: event.category === undefined ? [event.code] : [event.code, event.category],
      created_time: Date.parse(event.time),
    },
    evidences: [compact({ actor: actorOf(event), api: apiOf(event), src_endpoint: sourceOf(event) })],
    unmapped: { ...unmapped(record), method: event.method },
  });
}

function classified(
  { event, seq }: AuditRecord,
  kind: { class_uid: number; class_name: string; category_uid: number },
  activityId: number,
): Record<string, unknown> {
  return {
    ...kind,
    activity_id: activityId,
    type_uid: kind.class_uid * 100 + activityId,
    time: Date.parse(event.time),
    severity_id: severityOf(event),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Sallyport', vendor_name: 'Sallyport', version: packageVersion },
      uid: event.id,
      log_name: 'audit',
      event_code: event.event,
      original_time: event.time,
      correlation_uid: event.request_id,
      sequence: seq,
    },
  };
}

function severityOf(event: AuditEvent): number {
  if (event.event === 'audit') return event.outcome === 'success' ? INFORMATIONAL : HIGH;
  if (isGuardrailBlock(event)) return MEDIUM;
  if (event.outcome === 'failure') return (event.status ?? 500) >= 500 ? MEDIUM : LOW;
  return event.outcome === 'denied' ? LOW : INFORMATIONAL;
}
