import { AppError } from '../errors/app-error.ts';

/**
 * Runs a guardrail. One that fails stops what it guards: nothing passes unchecked.
 *
 * @throws AppError what the guardrail says, or `guardrail_unavailable` for any failure of its own
 */
export function failClosed<Result>(guard: () => Result): Result {
  try {
    const result = guard();
    return result instanceof Promise ? (result.catch(refuse) as Result) : result;
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  if (error instanceof AppError) throw error;
  throw new AppError('guardrail_unavailable', 'A guardrail failed, and nothing passes unchecked.', {
    cause: error,
  });
}
