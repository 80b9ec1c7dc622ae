/** The area under the precision-recall curve, as average precision: the mean precision at each right row, ties taken together. */
export function averagePrecision(rows: readonly { score: number; right: boolean }[]): number {
  const sorted = [...rows].sort((a, b) => b.score - a.score);
  let found = 0;
  let area = 0;
  for (let at = 0; at < sorted.length;) {
    let end = at;
    let right = 0;
    while (end < sorted.length && sorted[end]!.score === sorted[at]!.score)
      right += Number(sorted[end++]!.right);
    found += right;
    area += right * (found / end);
    at = end;
  }
  return found === 0 ? 0 : area / found;
}
