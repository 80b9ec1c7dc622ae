/** The share of pairs of a right and a wrong one in which the right one's score is higher: the area under the ROC curve. */
export function rankingArea(right: readonly number[], wrong: readonly number[]): number {
  const all = [
    ...right.map((score) => ({ score, isRight: true })),
    ...wrong.map((score) => ({ score, isRight: false })),
  ];
  all.sort((a, b) => a.score - b.score);
  let ranks = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]!.score === all[from]!.score) to++;
    // Equal scores share the ranks from + 1 to `to`.
    for (let place = from; place < to; place++) if (all[place]!.isRight) ranks += (from + 1 + to) / 2;
    from = to;
  }
  return (ranks - (right.length * (right.length + 1)) / 2) / (right.length * wrong.length);
}
