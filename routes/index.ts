import type { Route } from '../src/api/route.ts';
import type { AnswerQuestion } from '../src/rag/answer-question.ts';
import type { Guardrails } from '../src/guardrails/guardrails.ts';
import type { Retrieve } from '../src/rag/retrieve.ts';
import { documentRoutes, type DocumentRoutesOptions } from './admin/documents.ts';
import { jobRoutes } from './admin/jobs.ts';
import { docsRoutes } from './docs.ts';
import { guardrailsRoute } from './guardrails.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { queryRoute } from './query.ts';
import { searchRoute } from './search.ts';

export type RoutesOptions = DocumentRoutesOptions & {
  answerQuestion: AnswerQuestion;
  retrieve: Retrieve;
  guardrails: Guardrails;
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
    ...healthRoutes(options.readiness),
  ];
  return [...routes, ...docsRoutes(routes, options.version)];
}
