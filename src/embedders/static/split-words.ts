/** One word or one punctuation mark; what is left between them is white space. */
const ASCII_WORDS = /[0-9a-z]+|[!-/:-@[-`{-~]/g;
const WORDS = /[\p{P}$+<=>^`|~]|[^\s\p{P}$+<=>^`|~]+/gu;
const PLAIN = /^[\t\n\r -~]*$/;
const DROPPED = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu;
/** The reference's ranges, with its gap: Chinese characters, whatever the language, but neither kana nor hangul. */
const IDEOGRAPH =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
const ACCENT = /\p{Mn}/gu;

/**
 * Cuts a text into words as BERT's uncased models do: lower case, no accents, each punctuation mark and each ideograph
 * a word of its own. Equal to HuggingFace's BertNormalizer and BertPreTokenizer, whose tables are those of Unicode 8, for
 * all characters of that age.
 */
export function splitWords(text: string): string[] {
  if (PLAIN.test(text)) return text.toLowerCase().match(ASCII_WORDS) ?? [];
  const normal = text
    .toWellFormed()
    .replace(DROPPED, '')
    .replace(IDEOGRAPH, ' $& ')
    .normalize('NFD')
    .replace(ACCENT, '')
    // Or a sigma at a word's end would become another letter.
    .replaceAll('Σ', 'σ')
    .toLowerCase();
  return normal.match(WORDS) ?? [];
}
