import express, { type RequestHandler } from 'express';
import { authenticate } from '../../middleware/authenticate.ts';
import { authorize } from '../../middleware/authorize.ts';
import { problemHandler } from '../../middleware/problem-handler.ts';
import {
  limitByAddress,
  limitByPrincipal,
  limitByTenant,
  type RateLimits,
} from '../../middleware/rate-limit.ts';
import { requestId } from '../../middleware/request-id.ts';
import { defineRoute } from '../../src/api/route.ts';
import { compose } from '../../src/compose.ts';
import { parseSettings } from '../../src/config/load.ts';
import { createBudgets } from '../../src/limits/budgets.ts';
import { createMetering } from '../../src/limits/metering.ts';
import type { AnswerPart } from '../../src/llms/answer-model.ts';
import { contextOf } from '../../src/observability/request-context.ts';
import { sharedRateStore } from '../../src/shared-rate-store.ts';
import { serveParent } from '../child.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

/** How far a request is guarded; each stage has those before it. */
export type Guarded = 'keys' | 'rates' | 'budgets';
export type LimitsServerInput = { settings: Record<string, string>; guarded: Guarded };

const MOST = { prompt: 1_200, completion: 1_024 };
const SPENT = { promptTokens: 900, completionTokens: 60 };

/** The constant of `constant-server.ts` behind Sallyport's own links of identity and limits, and no others. */
serveParent(async ({ settings: given, guarded }: LimitsServerInput) => {
  const application = await compose(parseSettings(given));
  const { settings, logger, authenticator, ledger, usage, privateName, tenantLimits } = application;
  const limits: RateLimits = {
    perAddress: settings.ADDRESS_RATE_LIMIT_PER_MINUTE,
    perPrincipal: settings.RATE_LIMIT_PER_MINUTE,
    tenantLimits,
    nameOf: privateName,
    store: sharedRateStore(application),
  };
  const route = defineRoute({
    method: 'post',
    path: '/query',
    scope: 'query',
    action: 'bench',
    summary: 'A constant',
    replies: {},
    handle: () => Promise.reject(new Error('not called')),
  });
  const budgets = createBudgets({ settings, usage, privateName });
  const metering = createMetering({ settings, ledger, budgets, usage, tenantLimits, logger });
  let answers = 0;
  const meterAnswer: RequestHandler = async (_req, res, next) => {
    answers += 1;
    const caller = contextOf(res.locals).principal!;
    const meter = await metering.open(caller, { stream: answers % 2 === 0, most: MOST });
    try {
      meter.asked();
      await Array.fromAsync(meter.count(constantParts()));
    } finally {
      meter.close();
    }
    next();
  };

  const identity = [authenticate(authenticator, route), authorize(route)];
  const rated = [limitByAddress(limits), ...identity, limitByPrincipal(limits), limitByTenant(limits)(route)];
  const links = { keys: identity, rates: rated, budgets: [...rated, meterAnswer] };
  const app = express();
  app.post('/query', requestId(), ...links[guarded], (_req, res) => {
    res.json({ answer: 'constant' });
  });
  app.use(problemHandler(logger));
  return { url: await listenOnLoopback(app) };
});

async function* constantParts(): AsyncGenerator<AnswerPart> {
  yield { type: 'text', text: 'The answer is ' };
  yield { type: 'text', text: 'a constant [1].' };
  yield { type: 'end', model: 'constant', usage: SPENT };
}
