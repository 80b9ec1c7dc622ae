import pg from 'pg';
import { AppError } from '../errors/app-error.ts';
import { SettingsError } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import type { Prepared } from '../secrets/rotation.ts';
import { openConnectionPool } from './connection-pool.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { isServerTrouble } from './server-trouble.ts';

/**
 * Whose rows a transaction may see. `manage` lifts the group limit (never the tenant's) for the admin routes;
 * `everyTenant` shows the keys and the usage of every tenant, and never a document.
 */
export type RowScope = { tenant: string; groups: readonly string[]; manage?: boolean; everyTenant?: boolean };

/**
 * The rows of those who manage: all of a tenant's, whatever their groups; for a manager who has groups none that these
 * may not read.
 */
export function managing(tenant: string, groups: readonly string[] = []): RowScope {
  return { tenant, groups, manage: groups.length === 0 };
}

/** Settings of Postgres by their name: constants, never anything from outside. */
export type PostgresSettings = Readonly<Record<string, string | number>>;

/** One open transaction. */
export type Transaction = {
  /** With a `name`, which then stands for this text alone, a server parses and plans it once for each connection. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[], name?: string): Promise<Row[]>;
};

/** The one way to the database: every statement runs in a transaction, as a role that row-level security binds. */
export type Database = {
  /**
   * Runs `work` in a transaction that sees and writes only the rows of `scope`; `settings` are Postgres's, for its length.
   * Where Postgres ends it to resolve a deadlock, all of `work` runs again.
   */
  withScope<Result>(
    scope: RowScope,
    work: (tx: Transaction) => Promise<Result>,
    settings?: PostgresSettings,
  ): Promise<Result>;
  /** Runs `work` as the application's role with no tenant: it sees no documents at all. */
  withoutScope<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /** Runs `work` as the role that owns the tables, whom no policy binds: for what concerns every tenant's rows alike, and no request. */
  asOwner<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /**
   * Runs `work`, in any number of transactions, while no other process does so under this `name`. On the embedded
   * Postgres, whose one session all processes share, nobody is kept out.
   *
   * @throws AppError `conflict` when another process is at it
   */
  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** Clears up after writing, and counts rows for the planner, where no server does it by itself (autovacuum). */
  tidy(): Promise<void>;
  /**
   * Tries another DATABASE_URL of the same database, with a new password perhaps.
   *
   * @throws AppError `unavailable` where it does not open; SettingsError on the embedded one
   */
  prepare(connectionString: string | undefined): Promise<Prepared>;
  /** Connections as they are now, and how many transactions wait for one. */
  pool(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
};

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** A migration or an index over many rows takes long, and nobody waits for its answer. */
const OWNER_TIMEOUT_MS = 3_600_000;
const MOST_ATTEMPTS = 3;
export const DEADLOCK = '40P01';

/**
 * Opens the database that the settings name.
 *
 * @throws AppError `unavailable` from every call while the server cannot be reached
 */
export async function openDatabase(settings: Settings): Promise<Database> {
  const { DATABASE_URL } = settings;
  const embedded =
    DATABASE_URL.reveal() === undefined ? await startEmbeddedPostgres(settings.DATA_DIR) : undefined;
  const pool = openConnectionPool({
    ...(embedded
      ? { host: embedded.host, user: 'postgres', database: 'postgres', max: 1 }
      : {
          connectionString: DATABASE_URL.reveal(),
          max: settings.DATABASE_POOL_SIZE,
          connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        }),
    application_name: 'sallyport',
    query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
  });

  const transact = async <Result>(
    prologue: string,
    work: (tx: Transaction) => Promise<Result>,
    timeoutMs = STATEMENT_TIMEOUT_MS,
  ): Promise<Result> => {
    // A server that hangs cannot time out its own statements.
    const patience = { query_timeout: timeoutMs + CONNECT_TIMEOUT_MS };
    // These take no time on a server that answers; the embedded one may be busy with another process's transaction.
    const brief = embedded ? {} : { query_timeout: CONNECT_TIMEOUT_MS };
    const client = await pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    let broken = false;
    try {
      await client.query({
        text: `begin; set local statement_timeout = ${timeoutMs}; ${prologue}`,
        ...brief,
      });
      const result = await work({
        // All connections to the embedded one share its session, and the names in it.
        query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[], name?: string) =>
          (
            await client.query<Row>({
              text,
              values,
              ...patience,
              ...(embedded || !name ? {} : { name }),
            })
          ).rows,
      });
      await client.query('commit');
      return result;
    } catch (error) {
      broken = await client.query({ text: 'rollback', ...brief }).then(
        () => false,
        () => true,
      );
      throw isServerTrouble(error) ? unavailable(error) : error;
    } finally {
      client.release(broken);
    }
  };

  return {
    withScope: (scope, work, settings = {}) =>
      againAfterDeadlock(() => transact(`${scopePrologue(scope)}; ${assignments(settings)}`, work)),
    withoutScope: (work) => transact(`${AS_APPLICATION} set local sallyport.tenant = ''`, work),
    asOwner: (work) => transact(SEARCH_PATH, work, OWNER_TIMEOUT_MS),
    exclusively: async (name, work) => {
      if (embedded) return work();
      // Beside the pool, which may have a single connection. The lock goes with it, however the process ends.
      const client = new pg.Client({
        connectionString: DATABASE_URL.reveal(),
        application_name: `sallyport ${name}`,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        const { rows } = await client.query<{ mine: boolean }>(
          "select pg_try_advisory_lock(hashtextextended('sallyport.' || $1, 0)) as mine",
          [name],
        );
        if (!rows[0]!.mine)
          throw new AppError(
            'conflict',
            `Another ${name} is running on this database: wait until it has ended.`,
          );
        return await work();
      } catch (error) {
        throw isServerTrouble(error) ? unavailable(error) : error;
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    tidy: async () => {
      if (!embedded) return;
      const client = await pool.connect();
      await client.query('vacuum (analyze)').finally(() => client.release());
    },
    pool: () => pool.counts(),
    prepare: async (connectionString) => {
      if (embedded || connectionString === undefined)
        throw new SettingsError('DATABASE_URL: whether Postgres is embedded is changed by a restart alone.');
      return pool.prepare(connectionString).catch((error: unknown) => {
        throw unavailable(error);
      });
    },
    close: async () => {
      await pool.end();
      await embedded?.close();
    },
  };
}

const SEARCH_PATH = 'set local search_path = sallyport, public;';
const AS_APPLICATION = `${SEARCH_PATH} set local role sallyport_app;`;

function assignments(settings: PostgresSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `set local ${name} = ${value};`)
    .join(' ');
}

function scopePrologue(scope: RowScope): string {
  const groups = `{${scope.groups.map((group) => `"${group.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
  return [
    AS_APPLICATION,
    `set local sallyport.tenant = ${pg.escapeLiteral(scope.tenant)};`,
    `set local sallyport.groups = ${pg.escapeLiteral(groups)};`,
    `set local sallyport.manage = '${scope.manage ? 'on' : 'off'}';`,
    `set local sallyport.every_tenant = '${scope.everyTenant ? 'on' : 'off'}'`,
  ].join(' ');
}

/** Postgres ends one of the transactions that wait for each other, and the others go on. */
async function againAfterDeadlock<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'The database cannot be reached right now.', {
    cause,
    retryAfterSeconds: 5,
  });
}
