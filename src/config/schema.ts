import { z } from 'zod';
import { CONTENT_CATEGORIES, INJECTION_ACTIONS, PII_ACTIONS, PII_TYPES } from '../guardrails/verdict.ts';

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const key = z
  .string()
  .min(24, 'each key needs 24 characters or more')
  .regex(/^[\x21-\x7e]+$/, 'a key is printable ASCII without spaces');
const texts = list.default([]);
const keys = list.pipe(z.array(key)).default([]);
const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const url = (protocols: RegExp) => z.url({ protocol: protocols }).optional();

/**
 * Every setting there is. The names are those of the environment, the field's description is what README.md and
 * `.env.example` say (a test holds them equal).
 */
export const settingsSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('`production` refuses to start without keys and logs JSON'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8000)
    .describe('port; `0` picks a free one and prints it'),
  DATABASE_URL: url(/^postgres(ql)?$/).describe(
    'a Postgres with pgvector 0.8 or later; unset: embedded Postgres in `DATA_DIR`',
  ),
  DATABASE_POOL_SIZE: positive(10).describe(
    'connections to that Postgres (the embedded one has a single backend)',
  ),
  DATA_DIR: z.string().default('./.data').describe('the embedded database and the development key'),
  REDIS_URL: url(/^rediss?$/).describe('shared rate limits; unset: counted in this process alone'),
  API_KEYS: keys.describe('comma-separated keys with scope `query`'),
  ADMIN_API_KEYS: keys.describe('comma-separated keys with every scope'),
  JWT_SECRET: z.string().min(32).optional().describe('verifies HS256 bearer tokens; 32 characters or more'),
  JWT_ISSUER: z.string().optional().describe('required `iss` of a token'),
  JWT_AUDIENCE: z.string().optional().describe('required `aud` of a token'),
  LLM_PROVIDER: z
    .enum(['openai', 'extractive'])
    .optional()
    .describe('who answers; unset: `openai` when a key or base URL for it is set, else `extractive`'),
  LLM_MODEL: z.string().default('gpt-4o-mini').describe('model name sent to the provider'),
  LLM_MAX_RETRIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(3)
    .describe('retries on 429, 5xx and lost connections'),
  LLM_TIMEOUT_MS: positive(60_000).describe('longest wait for one model call, milliseconds'),
  LLM_MAX_OUTPUT_TOKENS: positive(1024).describe('longest answer, tokens'),
  OPENAI_API_KEY: z.string().optional().describe('key for the OpenAI API or a compatible server'),
  OPENAI_BASE_URL: url(/^https?$/).describe('base URL of a compatible server, ending in `/v1`'),
  EMBEDDING_PROVIDER: z
    .enum(['static', 'openai', 'transformers', 'none'])
    .default('static')
    .describe('who embeds for dense retrieval; `none` leaves retrieval lexical alone'),
  EMBEDDING_MODEL: z
    .string()
    .optional()
    .describe('model name at `openai`, folder or hub name for `transformers`; unset: the provider’s own'),
  EMBEDDING_DIMENSIONS: z.coerce
    .number()
    .int()
    .min(8)
    .max(4_000)
    .optional()
    .describe('length of its vectors; unset: the model’s own'),
  EMBEDDING_PRICE_PER_MILLION_TOKENS: z.coerce
    .number()
    .min(0)
    .optional()
    .describe('USD; unset: the list price of a known OpenAI model, else 0'),
  PII_ACTION: z
    .enum(PII_ACTIONS)
    .default('mask')
    .describe('personal data in questions: `mask` (reversible), `redact`, `block` or `off`'),
  PII_OUTPUT_ACTION: z
    .enum(['redact', 'block', 'off'])
    .default('redact')
    .describe('personal data in answers that the caller did not send: `redact`, `block` or `off`'),
  PII_ALLOWED_VALUES: texts.describe(
    'comma-separated values that may pass, with `*` for any text, such as `*@example.com`',
  ),
  PII_FORBIDDEN_IN_DOCUMENTS: list
    .pipe(z.array(z.enum(PII_TYPES)))
    .default([])
    .describe('comma-separated types, such as `SSN,CREDIT_CARD`: a document that holds one is quarantined'),
  CONTENT_BLOCK: list
    .pipe(z.array(z.enum([...CONTENT_CATEGORIES, 'none'])))
    .default(['violence', 'hate', 'self_harm', 'sexual'])
    .describe('comma-separated categories that are blocked; `profanity` is one more; `none` blocks nothing'),
  CONTENT_SCORER: z
    .enum(['local', 'openai'])
    .default('local')
    .describe('who else scores content: `openai` asks its moderation API besides the models in this process'),
  SELF_HARM_MESSAGE: z
    .string()
    .optional()
    .describe('what a cry for help is answered with; unset: it is blocked like other self-harm'),
  TOPICS_ALLOWED: texts.describe('comma-separated descriptions; a question about none of them is refused'),
  TOPICS_BLOCKED: texts.describe('comma-separated descriptions; a question about one of them is refused'),
  TOPICS_REJECTION_MESSAGE: z.string().optional().describe('what an off-topic question is answered with'),
  INJECTION_ACTION: z
    .enum(INJECTION_ACTIONS)
    .default('block')
    .describe('prompt injection in questions, and in passages that were found: `block`, `flag` or `off`'),
  RATE_LIMIT_PER_MINUTE: positive(60).describe('requests a minute for each principal'),
  ADDRESS_RATE_LIMIT_PER_MINUTE: positive(600).describe(
    'requests a minute for each client address, before authentication',
  ),
  MAX_BODY_BYTES: positive(1_048_576).describe('largest JSON body, bytes'),
  MAX_UPLOAD_BYTES: positive(26_214_400).describe('largest body and file sent to `/admin/documents`, bytes'),
  MAX_DOCUMENT_PAGES: positive(2_000).describe('most pages of one PDF'),
  PARSE_TIMEOUT_MS: positive(30_000).describe('longest time to read one file, milliseconds'),
  PARSE_MEMORY_MB: positive(512).describe('most memory to read one file, MB'),
  PARSE_PROCESSES: positive(2).describe('files that are read at once, each in its own process'),
  TRUST_PROXY: z
    .string()
    .default('loopback')
    .refine(
      (value) => value !== 'true',
      'give a hop count or a list of CIDR ranges: `true` would let anyone forge an address',
    )
    .describe(
      'whose `X-Forwarded-For` is believed: a hop count, or CIDR ranges and `loopback`, comma-separated',
    ),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'])
    .default('info')
    .describe('winston level'),
  SHUTDOWN_GRACE_SECONDS: positive(20).describe('time for open requests when the server stops'),
});

/** The parsed environment: frozen, passed down, read nowhere else. */
export type Settings = Readonly<z.infer<typeof settingsSchema>> & {
  readonly LLM_PROVIDER: 'openai' | 'extractive';
};
