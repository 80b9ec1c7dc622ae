import { MemoryStore, type Options } from 'express-rate-limit';
import { RedisStore, type RedisReply } from 'rate-limit-redis';
import type { RateLimitStore } from '../middleware/rate-limit.ts';
import type { Application } from './compose.ts';

/** Counts requests in Redis where there is one; while it is away, REDIS_DOWN says whether in this process or not at all. */
export function sharedRateStore({
  redis,
  settings,
}: Pick<Application, 'redis' | 'settings'>): RateLimitStore | undefined {
  if (!redis) return undefined;
  return (prefix) => {
    const shared = new RedisStore({
      prefix,
      sendCommand: async (...command) => redis.send(command) as Promise<RedisReply>,
    });
    const local = settings.REDIS_DOWN === 'local' ? new MemoryStore() : undefined;
    let options: Options | undefined;
    let scripts: Promise<void> | undefined;
    return {
      prefix,
      init: (given) => {
        options = given;
        local?.init(given);
      },
      increment: async (key) => {
        try {
          // The store loads its scripts once and would remember for ever that it could not.
          await (scripts ??= shared.init(options!));
          return await shared.increment(key);
        } catch (error) {
          scripts = undefined;
          if (!local) throw error;
          return local.increment(key);
        }
      },
      decrement: async (key) => shared.decrement(key),
      resetKey: async (key) => shared.resetKey(key),
    };
  };
}
