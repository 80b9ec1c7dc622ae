/** A row of a Markdown table. */
export function row(name: string, cells: string[]): string {
  return `| ${[name, ...cells].join(' | ')} |`;
}

/** The least of the values, sorted upwards, that `share` of them do not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1]!;
}
