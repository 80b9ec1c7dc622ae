import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
  type IBackoff,
  type IHalfOpenAfterBackoffContext,
} from 'cockatiel';
import { AppError } from '../errors/app-error.ts';
import type { Logger } from '../observability/logger.ts';

/** Keeps calls from a provider that is down: after so many failures in a row it opens, and lets one call through at times. */
export type CircuitBreaker = {
  /** @throws AppError `upstream_error` while it is open, or one call tries whether the provider is back */
  assertClosed(): void;
  /** Makes the call, and counts how it ends. @throws AppError as `assertClosed`, and whatever the call throws */
  run<Result>(call: () => Promise<Result>): Promise<Result>;
};

const FAILURES_IN_A_ROW = 10;
const OPEN_FOR_MS = 10_000;
/** Statuses that say something of one request, not of the provider: nobody may open the circuit for all with a question. */
const ABOUT_THE_REQUEST = new Set<unknown>([400, 413, 422]);

export function createCircuitBreaker(logger: Logger): CircuitBreaker {
  let openUntil = 0;
  const isTrying = (): boolean => policy.state === CircuitState.HalfOpen;
  const policy: CircuitBreakerPolicy = circuitBreaker(
    // A try that was broken off has not shown that the provider is back: the next one tries again.
    handleWhen((error) => isProviderFailure(error) || (isTrying() && !(error instanceof AppError))),
    { breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW), halfOpenAfter: { next: openFor } },
  );
  policy.onBreak((reason) => {
    if (!('error' in reason && isProviderFailure(reason.error))) return;
    openUntil = Date.now() + OPEN_FOR_MS;
    logger.warn('the model is not asked for a while: it failed several times in a row', {
      failures: FAILURES_IN_A_ROW,
      forMs: OPEN_FOR_MS,
      error: reason.error,
    });
  });
  policy.onReset(() => logger.info('the model is asked again'));

  const assertClosed = (): void => {
    const waitMs = openUntil - Date.now();
    const isOpen = policy.state === CircuitState.Open && waitMs > 0;
    if (!isOpen && !isTrying()) return;
    throw new AppError(
      'upstream_error',
      'The model has failed several times in a row and is not asked for a moment.',
      { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) },
    );
  };
  return {
    assertClosed,
    run: async (call) => {
      assertClosed();
      return policy.execute(call);
    },
  };
}

function openFor({ result }: IHalfOpenAfterBackoffContext): IBackoff<IHalfOpenAfterBackoffContext> {
  const failed = 'error' in result && isProviderFailure(result.error);
  return { duration: failed ? OPEN_FOR_MS : 0, next: openFor };
}

function isProviderFailure(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.code === 'upstream_timeout') return true;
  const status = (error.cause as { status?: unknown } | undefined)?.status;
  return error.code === 'upstream_error' && !ABOUT_THE_REQUEST.has(status);
}
