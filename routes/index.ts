import type { Route } from '../src/api/route.ts';
import type { IssueToken } from '../src/auth/issue-token.ts';
import type { KeyStore } from '../src/auth/key-store.ts';
import type { AnswerQuestion } from '../src/rag/answer-question.ts';
import type { Guardrails } from '../src/guardrails/guardrails.ts';
import type { AdjustableLogger } from '../src/observability/logger.ts';
import type { Metrics } from '../src/observability/metrics.ts';
import type { TenantLimitStore } from '../src/limits/tenant-limits.ts';
import type { Retrieve } from '../src/rag/retrieve.ts';
import type { AuditTrail } from '../src/audit/audit-trail.ts';
import type { Rotation } from '../src/secrets/rotation.ts';
import { auditRoutes } from './admin/audit.ts';
import { documentRoutes, type DocumentRoutesOptions } from './admin/documents.ts';
import { jobRoutes } from './admin/jobs.ts';
import { logLevelRoutes } from './admin/log-level.ts';
import { tenantRoutes } from './admin/tenants.ts';
import { usageRoute, type UsageRouteOptions } from './admin/usage.ts';
import { keyRoutes } from './admin/keys.ts';
import { secretsRoute } from './admin/secrets.ts';
import { docsRoutes } from './docs.ts';
import { guardrailsRoute } from './guardrails.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { metricsRoute } from './metrics.ts';
import { queryRoute } from './query.ts';
import { searchRoute } from './search.ts';
import { tokenRoute } from './token.ts';

export type RoutesOptions = DocumentRoutesOptions &
  UsageRouteOptions & {
    answerQuestion: AnswerQuestion;
    retrieve: Retrieve;
    guardrails: Guardrails;
    auditTrail: AuditTrail;
    keys: KeyStore;
    tenantLimits: TenantLimitStore;
    issueToken: IssueToken;
    rotation: Pick<Rotation, 'reload'>;
    metrics: Pick<Metrics, 'scrape'>;
    logger: AdjustableLogger;
    readiness: () => Promise<Readiness>;
    version: string;
  };

/** Every route there is: what is mounted, and what the OpenAPI document lists. */
export function allRoutes(options: RoutesOptions): Route[] {
  const routes = [
    queryRoute(options.answerQuestion),
    searchRoute(options.retrieve, options.guardrails),
    guardrailsRoute(options.guardrails),
    ...documentRoutes(options),
    ...jobRoutes(options.ingest),
    ...keyRoutes(options.keys),
    ...tenantRoutes(options.tenantLimits),
    tokenRoute(options.issueToken),
    usageRoute(options),
    ...logLevelRoutes(options.logger),
    secretsRoute(options.rotation),
    metricsRoute(options.metrics),
    ...auditRoutes(options.auditTrail),
    ...healthRoutes(options.readiness),
  ];
  return [...routes, ...docsRoutes(routes, options.version)];
}
