/** Without members that are undefined, and without objects that had no others: what is not known leaves no trace in a line. */
export function compact(fields: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (!isObject(value)) kept[name] = value;
    else {
      const inner = compact(value);
      if (Object.keys(inner).length > 0) kept[name] = inner;
    }
  }
  return kept;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
