import { afterEach, describe, expect, it } from '@jest/globals';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { createFairPool, type FairPool } from '../../../src/event-loop/fair-pool.ts';
import type { CountTask } from '../../support/count-worker.ts';

const worker = pathToFileURL(join(import.meta.dirname, '../../support/count-worker.ts'));

describe('a pool of worker threads', () => {
  let pool: FairPool<CountTask, { name: string; thread: number }>;
  afterEach(() => pool.close());

  const open = (options: { threads?: number; mostOfOne?: number; mostOfAll?: number } = {}) =>
    (pool = createFairPool({ worker, threads: 1, ...options }));

  it('serves tenants by turns: one with many tasks delays another by one', async () => {
    open();
    const served: string[] = [];
    const run = async (tenant: string, name: string) => {
      await pool.run({ name, ms: 5 }, { tenant });
      served.push(name);
    };
    await Promise.all([run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1'), run('b', 'b2')]);
    expect(served).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('keeps a thread for others while one tenant is busy', async () => {
    open({ threads: 2 });
    const ofA = [1, 2].map((place) => pool.run({ name: `a${place}`, ms: 300 }, { tenant: 'a' }));
    const ofB = pool.run({ name: 'b', ms: 1 }, { tenant: 'b' });
    expect((await Promise.race([ofA[1]!, ofB])).name).toBe('b');
    const threads = (await Promise.all(ofA)).map(({ thread }) => thread);
    expect(new Set(threads).size).toBe(1);
  });

  it('refuses what is too many, of one tenant and of all, and says when to come again', async () => {
    open({ mostOfOne: 1, mostOfAll: 2 });
    const tasks = ['a', 'a', 'b'].map((tenant) => pool.run({ name: tenant, ms: 20 }, { tenant }));
    const refusal = { code: 'unavailable', retryAfterSeconds: 2 };
    await expect(pool.run({ name: 'a', ms: 0 }, { tenant: 'a' })).rejects.toMatchObject(refusal);
    await expect(pool.run({ name: 'c', ms: 0 }, { tenant: 'c' })).rejects.toMatchObject(refusal);
    expect(await Promise.all(tasks)).toHaveLength(3);
    expect((await pool.run({ name: 'later', ms: 0 }, { tenant: 'c' })).name).toBe('later');
  });

  it('does nothing for those who have left', async () => {
    open();
    const leaving = new AbortController();
    const first = pool.run({ name: 'first', ms: 50 }, { tenant: 'a' });
    const second = pool.run({ name: 'second', ms: 50 }, { tenant: 'a', signal: leaving.signal });
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    await expect(pool.run({ name: 'third', ms: 0 }, { tenant: 'a', signal: leaving.signal })).rejects.toThrow(
      'gone',
    );
    expect((await first).name).toBe('first');
  });

  it('outlives a task that fails, and refuses once it is closed', async () => {
    open();
    await expect(pool.run({ name: 'fails', ms: 0 }, { tenant: 'a' })).rejects.toThrow('as told');
    expect((await pool.run({ name: 'next', ms: 0 }, { tenant: 'a' })).name).toBe('next');
    await pool.close();
    await expect(pool.run({ name: 'late', ms: 0 }, { tenant: 'a' })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
