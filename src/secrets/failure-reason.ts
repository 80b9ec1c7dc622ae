/**
 * Why a read failed, in a word or a few: a known reason, or a code, or a class's name. Never an error's message, which may
 * hold a part of what was read.
 */
export function failureReason(error: unknown, known: Record<string, string> = {}): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError') return 'there was no answer in time';
  const word = String(code ?? name);
  const reason = known[word];
  const isTelling = /^[A-Z][\w.-]{0,63}$/i.test(word) && word !== 'Error';
  if (isTelling) return reason === undefined ? word : `${reason} (${word})`;
  return reason ?? (typeof code === 'number' ? `code ${code}` : 'unknown reason');
}
