import pg from 'pg';
import type { Prepared } from '../secrets/rotation.ts';

/** Connections to one Postgres, whose password may change while they are in use. */
export type ConnectionPool = {
  connect(): Promise<pg.PoolClient>;
  counts(): { total: number; idle: number; waiting: number };
  /** Tries another connection string; once it is put to use, connections by the old one end as they are given back. */
  prepare(connectionString: string): Promise<Prepared>;
  /** Resolves when all connections were given back and have ended. */
  end(): Promise<void>;
};

export function openConnectionPool(config: pg.PoolConfig): ConnectionPool {
  const ending = new Set<Promise<void>>();
  let pool = open(config);
  const end = (old: pg.Pool) => {
    const ended: Promise<void> = old
      .end()
      .catch(() => undefined)
      .finally(() => ending.delete(ended));
    ending.add(ended);
  };
  return {
    connect: () => pool.connect(),
    counts: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    prepare: async (connectionString) => {
      const next = open({ ...config, connectionString });
      try {
        await next.query('select 1');
      } catch (error) {
        end(next);
        throw error;
      }
      return {
        commit: () => {
          end(pool);
          pool = next;
        },
        abandon: () => end(next),
      };
    },
    end: async () => {
      end(pool);
      await Promise.all(ending);
    },
  };
}

function open(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  // A connection that breaks, idle or at work, is replaced at the next query; without listeners it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
