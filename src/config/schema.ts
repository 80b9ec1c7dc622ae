import { z } from 'zod';
import { SCOPES } from '../auth/principal.ts';
import { CONTENT_CATEGORIES, INJECTION_ACTIONS, PII_ACTIONS, PII_TYPES } from '../guardrails/verdict.ts';
import { LOG_LEVELS } from '../observability/log-level.ts';
import { Secret } from './secret.ts';

/** What a request to the model must be made of: the question, and what its reserve is reckoned by. */
const OWN_PARAMETERS = [
  'model',
  'messages',
  'n',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
];
const extraBody = z.string().transform((value, context): Record<string, unknown> => {
  const refuse = (message: string): never => {
    context.issues.push({ code: 'custom', message, input: undefined });
    return z.NEVER;
  };
  let body: unknown;
  try {
    body = JSON.parse(value);
  } catch {
    return refuse('it is no JSON: give an object such as {"reasoning_effort":"low"}');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return refuse('give a JSON object, such as {"reasoning_effort":"low"}');
  const own = OWN_PARAMETERS.find((name) => name in body);
  return own === undefined
    ? (body as Record<string, unknown>)
    : refuse(`leave out \`${own}\`: the server sets it itself, by LLM_MODEL and LLM_MAX_OUTPUT_TOKENS`);
});

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
const keys = list
  .pipe(z.array(key))
  .default([])
  .transform((values) => new Secret(values));
const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const claim = (fallback: string) => z.string().min(1).default(fallback);
const few = z.coerce.number().int().positive().optional();
const usd = z.coerce.number().min(0).optional();
const url = (protocols: RegExp) => z.url({ protocol: protocols }).optional();
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const secret = (value: z.ZodType<string, string>) => value.optional().transform((given) => new Secret(given));
const secretText = (atLeast = 1) => secret(z.string().min(atLeast));
const secretUrl = (protocols: RegExp) => secret(z.url({ protocol: protocols }));

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
  DATABASE_URL: secretUrl(/^postgres(ql)?$/).describe(
    'a Postgres with pgvector 0.8 or later; unset: embedded Postgres in `DATA_DIR`',
  ),
  DATABASE_POOL_SIZE: positive(10).describe(
    'connections to that Postgres (the embedded one has a single backend)',
  ),
  DATA_DIR: z.string().default('./.data').describe('the embedded database and the development key'),
  REDIS_URL: secretUrl(/^rediss?$/).describe(
    'shared limits and budgets; unset: counted in this process alone',
  ),
  REDIS_DOWN: z
    .enum(['deny', 'local'])
    .default('deny')
    .describe('while Redis is away: `deny` refuses with 503, `local` counts in each process'),
  API_KEYS: keys.describe('comma-separated keys with scope `query`'),
  ADMIN_API_KEYS: keys.describe('comma-separated keys with every scope'),
  API_KEY_PEPPER: secretText(32).describe(
    'secret under which keys are stored and names are hidden in Redis, the same for all replicas; unset: keys use one kept in the database',
  ),
  API_KEY_PEPPER_PREVIOUS: secretText(32).describe(
    'the pepper before it: keys that were made under it go on working until they are rotated',
  ),
  JWT_SECRET: secretText(32).describe('verifies HS256 tokens of an issuer; 32 characters or more'),
  JWT_SECRET_PREVIOUS: secretText(32).describe(
    'another secret that verifies them too, while `JWT_SECRET` is changed',
  ),
  JWT_PUBLIC_KEY: z
    .string()
    .optional()
    .describe('verifies bearer tokens: a public key in PEM form (`\\n` for line breaks is understood)'),
  JWT_JWKS_URL: url(/^https?$/).describe('where the public keys for bearer tokens are; fetched and cached'),
  JWT_ALGORITHMS: list
    .pipe(z.array(z.enum(['HS256', 'RS256', 'ES256', 'EdDSA'])))
    .default([])
    .describe('comma-separated algorithms that are accepted; unset: those that fit the keys'),
  JWT_ISSUER: z.string().optional().describe('required `iss` of a token'),
  JWT_AUDIENCE: z.string().optional().describe('required `aud` of a token'),
  JWT_CLOCK_TOLERANCE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(300)
    .default(30)
    .describe('how far the clocks of issuer and server may differ'),
  JWT_SUBJECT_CLAIM: claim('sub').describe('claim that names the caller'),
  JWT_TENANT_CLAIM: claim('tenant').describe('claim that names the tenant'),
  JWT_REQUIRE_TENANT: z
    .stringbool()
    .default(false)
    .describe('whether a token of an issuer must name a tenant; else one that names none is of `default`'),
  JWT_SCOPES_CLAIM: texts.describe(
    'claims that may hold the scopes; unset: `scopes,scope,scp,permissions`, then `roles,realm_access.roles`',
  ),
  JWT_SCOPE_PREFIX: list
    .default(['sallyport'])
    .describe(
      'comma-separated names that may stand before a scope, as in `sallyport/query`, besides the audience',
    ),
  JWT_DEFAULT_SCOPES: list
    .pipe(z.array(z.enum(SCOPES).exclude(['admin'])))
    .default([])
    .describe('comma-separated scopes of a token that names none of this service; not `admin`'),
  JWT_GROUPS_CLAIM: list
    .default(['groups', 'cognito:groups'])
    .describe('comma-separated claims that may hold the groups; the first that is there counts'),
  TOKEN_LIFETIME_SECONDS: positive(900).describe('how long a token from `POST /token` is good'),
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
  LLM_TIMEOUT_MS: positive(60_000).describe(
    'longest wait for one attempt at the model, milliseconds; all together may take it as often as there are attempts',
  ),
  LLM_MAX_OUTPUT_TOKENS: positive(1024).describe('longest answer, tokens'),
  LLM_TEMPERATURE: z.coerce
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe('temperature of the model, 0 to 2; unset: the model’s own, for some take no other'),
  LLM_EXTRA_BODY: extraBody
    .optional()
    .describe('JSON object whose members are sent with each question, such as `{"reasoning_effort":"low"}`'),
  LLM_REQUESTS_PER_MINUTE: positive(60).describe(
    'most calls a minute to the provider; further ones wait their turn',
  ),
  LLM_TOKENS_PER_MINUTE: positive(90_000).describe('most tokens a minute to and from the provider'),
  LLM_QUEUE_TIMEOUT_MS: positive(10_000).describe('longest wait for a turn, milliseconds; then 503'),
  LLM_PRICE_PER_MILLION_INPUT_TOKENS: usd.describe('USD; unset: the list price of a known model'),
  LLM_PRICE_PER_MILLION_OUTPUT_TOKENS: usd.describe('USD; unset: the list price of a known model'),
  OPENAI_API_KEY: secretText().describe('key for the OpenAI API or a compatible server'),
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
    .describe('USD; unset: the list price of a known OpenAI model, else 0, with which no budget may be set'),
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
  TOKENS_PER_MINUTE_PER_USER: positive(90_000).describe('tokens a minute for each principal'),
  CONCURRENT_STREAMS_PER_USER: positive(10).describe('answers that one principal may have streamed at once'),
  BUDGET_USD_PER_REQUEST: usd.describe('most that one question may cost, USD'),
  BUDGET_USD_PER_USER_PER_DAY: usd.describe('most that one principal may spend a day (UTC), USD'),
  BUDGET_USD_PER_DAY: usd.describe('most that everybody together may spend a day (UTC), USD'),
  BUDGET_USD_PER_MONTH: usd.describe('most that everybody together may spend a month (UTC), USD'),
  TENANT_REQUESTS_PER_MINUTE: few.describe(
    'requests a minute for all callers of a tenant together, where none were set for it',
  ),
  TENANT_TOKENS_PER_MINUTE: few.describe('tokens a minute for all callers of a tenant together'),
  TENANT_BUDGET_USD_PER_DAY: usd.describe('most that all callers of a tenant may spend a day (UTC), USD'),
  TENANT_BUDGET_USD_PER_MONTH: usd.describe('most that all callers of a tenant may spend a month (UTC), USD'),
  ADDRESS_RATE_LIMIT_PER_MINUTE: positive(600).describe(
    'requests a minute for each client address, before authentication',
  ),
  MAX_BODY_BYTES: positive(262_144).describe(
    'largest JSON body, bytes; of one sent to `/admin/documents` the texts do not count',
  ),
  MAX_UPLOAD_BYTES: positive(26_214_400).describe('largest body and file sent to `/admin/documents`, bytes'),
  MAX_BYTES_IN_FLIGHT: positive(268_435_456).describe(
    'most bytes of uploads that are held at once, and of other bodies besides, half for one tenant; then 503',
  ),
  REQUEST_TIMEOUT_SECONDS: positive(120).describe('longest time for a request to arrive, its body included'),
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
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('winston level'),
  AUDIT_ON_FAILURE: z
    .enum(['deny', 'warn'])
    .default('deny')
    .describe(
      'when the audit log cannot be written: `deny` refuses requests with 503, `warn` answers them and says so',
    ),
  AUDIT_BUFFER_EVENTS: positive(10_000).describe('most audit events that wait in a process to be written'),
  AUDIT_TIMEOUT_MS: positive(5_000).describe(
    'longest wait of a request for its audit event to be written, milliseconds',
  ),
  AUDIT_ADDRESS: z
    .enum(['full', 'truncated', 'none'])
    .default('truncated')
    .describe('what the audit log keeps of a client address: `full`, `truncated` (its /24 or /48) or `none`'),
  AUDIT_SIGNING_KEY: secretText().describe(
    'Ed25519 private key in PEM form that signs checkpoints; unset: one made from a secret kept in the database',
  ),
  AUDIT_PUBLIC_KEYS: z
    .string()
    .optional()
    .describe(
      'public keys of former signing keys, in PEM form one after the other: what they signed still counts',
    ),
  AUDIT_CHECKPOINT_SECONDS: positive(60).describe('how often the ends of the audit chains are signed'),
  AUDIT_RETENTION_DAYS: z
    .union([z.literal('never').transform(() => 0), z.coerce.number().int().min(0).max(36_500)])
    .default(400)
    .describe('audit events are removed after so many days; `0` or `never`: they are kept'),
  AUDIT_LOG: z
    .enum(['off', 'stdout', 'file'])
    .default('off')
    .describe('where audit events go besides the database, one line each'),
  AUDIT_LOG_FORMAT: z
    .enum(['jsonl', 'ecs', 'ocsf'])
    .default('ecs')
    .describe('what such a line is: `jsonl` (as stored), Elastic Common Schema or OCSF'),
  AUDIT_LOG_FILE: z.string().optional().describe('the file for `file`; unset: `audit.log` in `DATA_DIR`'),
  AUDIT_LOG_FILE_MB: positive(100).describe('size at which that file is put aside, MB'),
  AUDIT_LOG_FILES: positive(10).describe('how many such files are kept'),
  TRACE_EXPORTER: z
    .enum(['none', 'otlp', 'zipkin', 'jaeger', 'console'])
    .default('none')
    .describe('where traces go; `jaeger` is spoken to in OTLP'),
  TRACE_ENDPOINT: url(/^https?$/).describe(
    'URL of the collector; unset: where it usually listens on this host',
  ),
  TRACE_PROTOCOL: z.enum(['http', 'grpc']).default('http').describe('how OTLP is spoken for traces'),
  TRACE_SAMPLE_RATIO: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('share of the traces that begin here which are sampled; a caller’s own decision is followed'),
  TRACE_SERVICE_NAME: z.string().min(1).default('sallyport').describe('`service.name` of traces and metrics'),
  METRICS_EXPORTER: z
    .enum(['none', 'otlp'])
    .default('none')
    .describe('where metrics are pushed to; `GET /metrics` gives them in any case'),
  METRICS_ENDPOINT: url(/^https?$/).describe(
    'URL for that; unset: where a collector usually listens on this host',
  ),
  METRICS_INTERVAL_SECONDS: positive(30).describe('how often metrics are pushed'),
  SECRETS_PROVIDER: z
    .enum(['env', 'file', 'aws', 'gcp', 'azure'])
    .default('env')
    .describe(
      'where secrets come from: `env`, mounted as files (`file`), AWS Secrets Manager, GCP Secret Manager or Azure Key Vault',
    ),
  SECRETS_NAMES: texts.describe(
    'comma-separated names of the secrets at `aws`, `gcp` or `azure`; `SETTING=name` says which setting one is',
  ),
  SECRETS_DIR: z.string().default('/run/secrets').describe('the folder for `file`: each file is a secret'),
  SECRETS_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .refine(
      (value) => value.startsWith('https:') || LOOPBACK.test(new URL(value).hostname),
      'a secret travels over `https`; over `http` only on this machine (localhost, 127.0.0.1 or [::1])',
    )
    .optional()
    .describe(
      'URL for `aws` and `gcp` where it is not the usual one; for `aws` on a loopback address also `http`',
    ),
  SECRETS_GCP_PROJECT: z
    .string()
    .optional()
    .describe('project of the secrets at `gcp`; unset: that of the credentials'),
  SECRETS_AZURE_VAULT_URL: url(/^https$/).describe('the vault for `azure`'),
  SECRETS_REFRESH_SECONDS: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe('how often secrets are read anew; unset: on `SIGHUP` and on request alone'),
  SECRETS_OVERLAP_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .default(3_600)
    .describe('how long a token secret or pepper is still accepted after it was rotated'),
  START_TIMEOUT_SECONDS: positive(30).describe('how long a start waits for Postgres and Redis'),
  SHUTDOWN_DELAY_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'how long a server that stops goes on taking requests, while `/ready` says 503: for load balancers',
    ),
  SHUTDOWN_GRACE_SECONDS: positive(20).describe('time for open requests when the server stops'),
});

/** The parsed environment: frozen, passed down, read nowhere else. */
export type Settings = Readonly<z.infer<typeof settingsSchema>> & {
  readonly LLM_PROVIDER: 'openai' | 'extractive';
};
