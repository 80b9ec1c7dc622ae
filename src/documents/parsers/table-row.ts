/**
 * One row as a line. Each value is named by its column's header where there is one; empty cells are left out.
 * @param separator what stands between cells, such as `' | '`
 */
export function renderRow(cells: string[], headers: string[], separator: string): string {
  return cells
    .map((cell, column) => {
      const header = headers[column]?.replace(/:$/, '') ?? '';
      return cell === '' || header === '' ? cell : `${header}: ${cell}`;
    })
    .filter((cell) => cell !== '')
    .join(separator);
}
