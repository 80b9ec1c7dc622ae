/**
 * Makes the test whether a value may pass: patterns are values with `*` for any text, whatever the case. Linear in the
 * value: each part between stars is looked for once, behind the one before.
 */
export function allowedValues(patterns: readonly string[]): (value: string) => boolean {
  const known = patterns.map((pattern) => pattern.toLowerCase().split('*'));
  return (value) => known.some((parts) => fits(value.toLowerCase(), parts));
}

function fits(value: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length)
    return false;
  const end = value.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
