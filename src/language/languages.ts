/** Languages with a stemmer, by the names of the Snowball project. */
export const STEMMED_LANGUAGES = [
  'english',
  'arabic',
  'catalan',
  'czech',
  'danish',
  'dutch',
  'finnish',
  'french',
  'german',
  'hungarian',
  'italian',
  'norwegian',
  'portuguese',
  'romanian',
  'russian',
  'spanish',
  'swedish',
  'tamil',
  'turkish',
] as const;

/** The language that a text's words are stemmed as; those of `other` are indexed as they stand. */
export type Language = (typeof STEMMED_LANGUAGES)[number] | 'other';
