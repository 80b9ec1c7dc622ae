/** How long a provider wants to be left alone, by the headers of its reply; undefined where it does not say so. */
export function retryAfterMs(headers: Headers | undefined): number | undefined {
  const inMs = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (inMs >= 0) return inMs;
  const said = headers?.get('retry-after') ?? '';
  const seconds = Number(said.trim() === '' ? Number.NaN : said);
  const wait = Number.isNaN(seconds) ? Date.parse(said) - Date.now() : seconds * 1_000;
  return wait >= 0 ? wait : undefined;
}
