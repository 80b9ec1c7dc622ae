import { z } from 'zod';
import { defineRoute, type Route } from '../src/api/route.ts';
import type { Whose } from '../src/event-loop/whose.ts';
import type { Guardrails } from '../src/guardrails/guardrails.ts';
import { passOn } from '../src/guardrails/pass-on.ts';
import type { GuardrailPolicy } from '../src/guardrails/policy.ts';
import {
  CONTENT_CATEGORIES,
  DIRECTIONS,
  INJECTION_ACTIONS,
  PII_ACTIONS,
  PII_TYPES,
  type Direction,
} from '../src/guardrails/verdict.ts';

const MOST_TEXTS = 256;
const LONGEST_TEXT = 100_000;

const text = z.string().max(LONGEST_TEXT);
const descriptions = z.array(z.string().min(1).max(500)).max(50);
const options = {
  direction: z.enum(DIRECTIONS).default('input').describe('which way the text goes'),
  policy: z
    .strictObject({
      pii_action: z.enum(PII_ACTIONS).optional(),
      content_block: z.array(z.enum(CONTENT_CATEGORIES)).optional(),
      topics_allowed: descriptions.optional(),
      topics_blocked: descriptions.optional(),
      injection_action: z.enum(INJECTION_ACTIONS).optional(),
    })
    .default({})
    .describe('instead of the settings, for this call'),
};
const bodySchema = z.union([
  z.strictObject({ text, ...options }),
  z.strictObject({ texts: z.array(text).min(1).max(MOST_TEXTS), ...options }),
]);

const span = {
  start: z.number().int().describe('UTF-16 code units of the text as sent'),
  end: z.number().int(),
};
const probability = z.number().min(0).max(1);
const resultSchema = z
  .object({
    verdict: z.enum(['allow', 'redact', 'block']),
    text: z.string().describe('what would go on, masked or redacted'),
    pii: z.object({ entities: z.array(z.object({ type: z.enum(PII_TYPES), ...span, score: probability })) }),
    content: z.object({
      blocked: z.boolean(),
      category: z.enum(CONTENT_CATEGORIES).nullable(),
      scores: z.record(z.enum(CONTENT_CATEGORIES), probability),
    }),
    topic: z.object({ allowed: z.boolean(), score: probability, topic: z.string().nullable() }),
    injection: z.object({
      detected: z.boolean(),
      score: probability,
      kind: z.string().nullable(),
      spans: z.array(z.object(span)),
    }),
    latency_ms: z.number(),
  })
  .meta({ id: 'GuardrailResult' });

type Options = Pick<z.infer<typeof bodySchema>, 'direction' | 'policy'>;

/** The policy of the settings, with what this call says instead. */
function policyFor({ direction, policy }: Options, settings: GuardrailPolicy): GuardrailPolicy {
  return {
    ...settings,
    piiAction: policy.pii_action ?? (direction === 'output' ? settings.piiOutputAction : settings.piiAction),
    contentBlock: policy.content_block ?? settings.contentBlock,
    topicsAllowed: policy.topics_allowed ?? settings.topicsAllowed,
    topicsBlocked: policy.topics_blocked ?? settings.topicsBlocked,
    injectionAction: policy.injection_action ?? settings.injectionAction,
  };
}

/** `POST /guardrails/check`: what every guardrail says of a text, without asking a model. */
export function guardrailsRoute(guardrails: Guardrails): Route {
  const check = async (given: string, direction: Direction, policy: GuardrailPolicy, whose: Whose) => {
    const started = performance.now();
    const examination = await guardrails.examine(given, direction, policy, whose);
    const { entities, content, topic, injection } = examination;
    return {
      ...passOn(given, examination, policy),
      pii: { entities: entities.map(({ value: _, ...entity }) => entity) },
      content: { blocked: content.blocked, category: content.category, scores: content.scores },
      topic,
      injection,
      latency_ms: Math.round((performance.now() - started) * 1000) / 1000,
    };
  };
  return defineRoute({
    method: 'post',
    path: '/guardrails/check',
    scope: 'query',
    action: 'guardrails.check',
    summary: 'What every guardrail says of a text',
    body: bodySchema,
    example: { text: 'Call Jana Novak at 555-867-5309' },
    replies: {
      200: {
        description: 'A result, or for `texts` one each under `results`',
        schema: z.union([resultSchema, z.object({ results: z.array(resultSchema) })]),
      },
    },
    handle: async ({ principal, body, signal }) => {
      const policy = policyFor(body, guardrails.policy);
      const { direction } = body;
      const whose = { tenant: principal!.tenant, signal };
      if ('text' in body) return { status: 200, body: await check(body.text, direction, policy, whose) };
      const results = [];
      for (const one of body.texts) {
        signal.throwIfAborted();
        results.push(await check(one, direction, policy, whose));
      }
      return { status: 200, body: { results } };
    },
  });
}
