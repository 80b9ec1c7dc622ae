import type { Readiness } from '../routes/health.ts';
import type { Application } from './compose.ts';
import { inTime, STORE_PATIENCE_MS } from './redis/in-time.ts';

/** Asks every store whether it answers. The model is not asked: that would cost money and end in its rate limit. */
export function createReadiness(
  { db, redis, settings }: Application,
  isDraining: () => boolean,
): () => Promise<Readiness> {
  const answers = async (question: Promise<unknown>) =>
    inTime(question, STORE_PATIENCE_MS).then(
      () => 'ok',
      () => 'unavailable',
    );
  return async () => {
    const [postgres, shared] = await Promise.all([
      answers(db.withoutScope((tx) => tx.query('select 1'))),
      redis ? answers(redis.send(['PING'])) : 'disabled',
    ]);
    const checks = {
      postgres,
      redis: shared,
      llm: settings.LLM_PROVIDER === 'extractive' ? 'ok' : 'configured',
    };
    const draining = isDraining();
    const degraded = Object.values(checks).includes('unavailable');
    // Without Redis each server counts for itself, where that is the policy: to take it out of service would undo that.
    const canDoWithout = settings.REDIS_DOWN === 'local' && postgres === 'ok';
    return {
      isReady: !draining && (!degraded || canDoWithout),
      status: draining ? 'draining' : degraded ? 'degraded' : 'ok',
      checks,
    };
  };
}
