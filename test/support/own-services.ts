import { afterAll, describe } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lacksPostgres, makePostgres, type PostgresOptions } from './services/postgres.ts';
import { lacksRedis, makeRedis } from './services/redis.ts';
import type { OwnService } from './services/service.ts';

const services = {
  postgres: { lacks: lacksPostgres, make: makePostgres },
  redis: { lacks: lacksRedis, make: makeRedis },
};

/** Starts one for this block alone, which may stop it and start it again; it is gone when the block's tests are over. */
export type StartOwn = (options?: PostgresOptions) => Promise<OwnService>;

/** Tests that take a service away, and so cannot share it with others; left out where it is not installed. */
export const describeWithOwn = (
  name: keyof typeof services,
  title: string,
  tests: (start: StartOwn) => void,
): void => {
  const { lacks, make } = services[name];
  const reason = lacks();
  if (reason !== undefined) {
    describe.skip(`${title}: left out, ${name} is ${reason}`, () => tests(() => Promise.reject(new Error())));
    return;
  }
  describe(title, () => {
    const clearUp: (() => Promise<void>)[] = [];
    tests(async (options) => {
      const folder = mkdtempSync(join(tmpdir(), `sallyport-own-${name}-`));
      chmodSync(folder, 0o711); // a server that runs as a user of its own must reach what is its in it
      const service = await make(folder, options);
      clearUp.push(async () => {
        await service.stop();
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      });
      await service.start();
      return service;
    });
    afterAll(async () => {
      for (const clear of clearUp) await clear();
    });
  });
};
