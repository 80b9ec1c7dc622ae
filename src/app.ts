import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler } from 'express';
import { everyRequest, routeChain, type ChainOptions } from '../middleware/chain.ts';
import { problemHandler } from '../middleware/problem-handler.ts';
import { methodNotAllowed, notFound } from '../middleware/unmatched.ts';
import { allRoutes } from '../routes/index.ts';
import type { Application } from './compose.ts';
import { packageRoot, packageVersion } from './config/package-root.ts';
import { createReadiness } from './readiness.ts';
import { sharedRateStore } from './shared-rate-store.ts';

/** The two files of Swagger UI that `public/docs.html` needs; served from here, wherever npm put them. */
const SWAGGER_UI = ['swagger-ui.css', 'swagger-ui-bundle.js'];

export type AppOptions = {
  /** Whether the server is about to stop; readiness then says so. */
  isDraining?: () => boolean;
};

/** The whole HTTP surface of an application, as an Express app to listen with or to mount. */
export function createApp(application: Application, { isDraining = () => false }: AppOptions = {}): Express {
  const { settings, logger } = application;
  const options: ChainOptions = {
    logger,
    tracer: application.tracer,
    metrics: application.metrics,
    authenticator: application.authenticator,
    guardrails: application.guardrails,
    auditing: {
      audit: application.audit,
      addressPolicy: settings.AUDIT_ADDRESS,
      queryHash: application.queryHash,
    },
    bodyLimits: {
      maxBodyBytes: settings.MAX_BODY_BYTES,
      maxUploadBytes: settings.MAX_UPLOAD_BYTES,
      jsonPool: application.jsonPool,
    },
    maxBytesInFlight: settings.MAX_BYTES_IN_FLIGHT,
    rateLimits: {
      perAddress: settings.ADDRESS_RATE_LIMIT_PER_MINUTE,
      perPrincipal: settings.RATE_LIMIT_PER_MINUTE,
      tenantLimits: application.tenantLimits,
      nameOf: application.privateName,
      store: sharedRateStore(application),
    },
  };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', trustProxy(settings.TRUST_PROXY));
  app.set('query parser', 'simple');
  // A path is one path: what a proxy forbids cannot be had by writing it in capitals or with a slash behind.
  app.set('case sensitive routing', true);
  app.set('strict routing', true);

  const mount = (links: { handlers: RequestHandler | RequestHandler[] }[]) =>
    links.flatMap((link) => link.handlers);
  app.use(mount(everyRequest(options)));
  const routes = allRoutes({
    ...application,
    readiness: createReadiness(application, isDraining),
    version: packageVersion,
  });
  const chainOf = routeChain(options);
  for (const route of routes) app[route.method](route.path, mount(chainOf(route)));
  for (const path of new Set(routes.map((route) => route.path))) {
    app.all(path, methodNotAllowed(routes.filter((route) => route.path === path)));
  }
  app.use(express.static(join(packageRoot, 'public'), { index: 'index.html', cacheControl: false }));
  for (const asset of SWAGGER_UI)
    app.get(`/docs/${asset}`, (_req, res) =>
      res.sendFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${asset}`))),
    );
  app.use(notFound());
  app.use(problemHandler(logger));
  return app;
}

function trustProxy(value: string): number | string[] {
  return /^\d+$/.test(value) ? Number(value) : value.split(',').map((range) => range.trim());
}
