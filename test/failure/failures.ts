export type Failure = {
  failure: string;
  /** What refused callers are told, as in `Outcome`: each is met. */
  told: readonly string[];
  /** What some may be told besides, as it falls out. */
  sometimes?: readonly string[];
  /** What else is to be seen. */
  besides: string;
  lost: string;
};

/** What fails, and what then: each is held by the test that names it, and all are the table of `deploy/FAILURES.md`. */
export const FAILURES = {
  postgresRestarts: {
    failure: 'Postgres is stopped and started again',
    told: ['503 unavailable'],
    sometimes: ['error unavailable'],
    besides: 'with `Retry-After`; `/health` stays 200, `/ready` is 503',
    lost: 'nothing: accepted documents become searchable (a job that was under way is taken up again 15 s later), refused ones are there whole or not at all; every request is in the audit log, refused ones too; what was used is counted',
  },
  postgresIsFull: {
    failure: 'Postgres has no connection left: others hold all of `max_connections`',
    told: ['503 unavailable'],
    sometimes: ['error unavailable'],
    besides: 'with `Retry-After`; `/health` stays 200, `/ready` is 503',
    lost: 'nothing: as when it is stopped',
  },
  postgresHangs: {
    failure: 'Postgres keeps its connections and says nothing',
    told: ['503 unavailable'],
    sometimes: ['error unavailable'],
    besides: 'with `Retry-After`; `/health` stays 200, `/ready` is 503',
    lost: 'nothing: as when it is stopped',
  },
  redisDeny: {
    failure: 'Redis ends and comes back empty, with `REDIS_DOWN=deny`',
    told: ['503 unavailable'],
    besides: 'with `Retry-After`, whatever the key; `/ready` is 503',
    lost: 'nothing: what was spent is known from the database, nothing stays reserved, every request is in the audit log',
  },
  redisLocal: {
    failure: 'Redis ends and comes back empty, with `REDIS_DOWN=local`',
    told: [],
    besides: 'nothing but their limits, which each server counts for itself meanwhile',
    lost: 'nothing: as with `deny`',
  },
  modelSlow: {
    failure: 'the model takes longer than `LLM_TIMEOUT_MS`, or writes a word from time to time',
    told: ['504 upstream_timeout', 'error upstream_timeout'],
    besides: 'after that time for each attempt',
    lost: 'nothing: no reserve stays open, what may have been spent is charged, every request is in the audit log',
  },
  modelResets: {
    failure: 'the model resets connections, at once or in mid-stream',
    told: ['502 upstream_error', 'error upstream_error'],
    besides: 'after `LLM_MAX_RETRIES` more attempts where nothing had come',
    lost: 'nothing: as when it is slow',
  },
  modelGarbage: {
    failure: 'the model sends garbage, as HTTP or within it',
    told: ['502 upstream_error', 'error upstream_error'],
    besides: 'and nothing of the garbage',
    lost: 'nothing: as when it is slow',
  },
  modelHangs: {
    failure: 'the model hangs in mid-stream',
    told: ['504 upstream_timeout', 'error upstream_timeout'],
    besides: 'after `LLM_TIMEOUT_MS` for each attempt, and what was written until then',
    lost: 'nothing: as when it is slow',
  },
  modelDown: {
    failure: 'the model fails ten times in a row',
    told: ['502 upstream_error'],
    besides: 'then at once and with `Retry-After`, for ten seconds in which it is not asked',
    lost: 'nothing: as when it is slow',
  },
  killed: {
    failure: 'a server is killed (`kill -9`) in the middle of an ingest',
    told: ['broken off'],
    besides: 'at that server; others answer, with the old version of a document until the new one is whole',
    lost: 'nothing: another server takes the job up after 15 s; no document is half indexed or there twice',
  },
  slowLoris: {
    failure: 'a hundred connections send headers or bodies drop by drop',
    told: ['408'],
    besides:
      'and a closed connection, once `REQUEST_TIMEOUT_SECONDS` have passed (15 s for headers, where that is less); all others are answered',
    lost: 'nothing: they reserve nothing, and are in the audit log once their headers are there',
  },
  largeQuestion: {
    failure: 'questions of 50 MB, four at once',
    told: ['413 too_large'],
    besides: 'and the connection can be used again; nothing is kept in memory, all others are answered',
    lost: 'nothing: they reserve nothing, and are in the audit log',
  },
} as const satisfies Record<string, Failure>;

export type FailureName = keyof typeof FAILURES;
