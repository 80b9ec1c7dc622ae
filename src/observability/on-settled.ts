/** What came of some work. */
export type Outcome<Value> = { ok: true; value: Value } | { ok: false; error: unknown };

/** Does `work`, and tells how it ended: when it returns or throws, or when what it promised settles. */
export function onSettled<Result>(
  work: () => Result,
  tell: (outcome: Outcome<Awaited<Result>>) => void,
): Result {
  let result: Result;
  try {
    result = work();
  } catch (error) {
    tell({ ok: false, error });
    throw error;
  }
  if (!(result instanceof Promise)) {
    tell({ ok: true, value: result as Awaited<Result> });
    return result;
  }
  return result.then(
    (value: Awaited<Result>) => {
      tell({ ok: true, value });
      return value;
    },
    (error: unknown) => {
      tell({ ok: false, error });
      throw error;
    },
  ) as Result;
}
