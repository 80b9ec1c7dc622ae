/** What kind of thing an English question asks for, where its words say so, and what a sentence must hold to have one. */
const KINDS: { asks: RegExp; holds: RegExp }[] = [
  {
    asks: /\bhow (?:many|much|old|long|far|tall|high|large|big|often|fast)\b|\bwhat (?:percent\w*|number|amount|price|fee|cost)\b/i,
    holds:
      /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half|twice|once)\b/i,
  },
  {
    asks: /\bwhen\b|\b(?:what|which|in what|in which) (?:year|date|day|month|century|decade|time)\b/i,
    holds:
      /\d|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|century|today|yesterday|tomorrow)\b/,
  },
  {
    asks: /\bwho(?:m|se)?\b|\bwhere\b|\b(?:what|which) (?:city|country|state|person|people|company|author|king|river|town|region)\b/i,
    // What stands before is looked at last: before each place of a long space it would be read again.
    holds: /\b(?=\p{Lu}\p{L})(?<!^)(?<![.!?]["”]?\s+)/u,
  },
];

/** 1 where a sentence holds the kind of thing that the question asks for, 0 where it does not, 0.5 where no kind is asked. */
export function answersKind(question: string, sentence: string): number {
  const kind = KINDS.find(({ asks }) => asks.test(question));
  return kind ? Number(kind.holds.test(sentence)) : 0.5;
}
