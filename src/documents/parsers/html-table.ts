import { cleanProse } from '../clean-text.ts';
import { attribute, findOutermost, isElement, textInside } from './html-tree.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';
import { renderRow } from './table-row.ts';

// A cell may claim to span millions of columns.
const MAX_SPAN = 100;

type Cell = {
  text: string;
  isHeader: boolean;
  /** Whether this place only repeats the cell to its left. */
  isRepeat: boolean;
};

/**
 * Whether a table only arranges a page: it holds another table, or has a single column.
 */
export function isLayoutTable(table: HtmlElement): boolean {
  if (attribute(table, 'role') === 'presentation') return true;
  if (findOutermost(table.childNodes, (element) => element.tagName === 'table').length > 0) return true;
  return rowsOf(table).every((row) => cellsOf(row).length <= 1);
}

/**
 * A data table as lines, one a row. Under a header row, each row says what its values are: `Name: Ann | Age: 7`.
 * A cell that spans rows is repeated in each; one that spans columns is not.
 */
export function renderTable(table: HtmlElement, skip: (element: HtmlElement) => boolean): string[] {
  const grid = gridOf(table, skip);
  const banners = Math.max(
    0,
    grid.findIndex((row) => filledCells(row).length > 1),
  );
  const body = grid.slice(banners);
  const headerRows = countHeaderRows(table, body);
  const headers = headerRows < body.length ? headersOf(body.slice(0, headerRows)) : [];
  return [
    ...grid.slice(0, banners).map((row) => renderCells(row, [])),
    ...body.slice(headers.length > 0 ? headerRows : 0).map((row) => renderCells(row, headers)),
  ];
}

function renderCells(row: Cell[], headers: string[]): string {
  const filled = filledCells(row);
  const [first, second] = filled;
  // A row with its own heading, as in an info box, is a pair already.
  if (headers.length === 0 && filled.length === 2 && first && second) {
    if (first.text.endsWith(':') || (first.isHeader && !second.isHeader)) {
      return `${first.text.replace(/:$/, '')}: ${second.text}`;
    }
  }
  const cells = row.map((cell) => (cell.isRepeat ? '' : cell.text));
  return renderRow(cells, filled.length > 1 ? headers : [], ' | ');
}

function filledCells(row: Cell[]): Cell[] {
  return row.filter((cell) => !cell.isRepeat && cell.text !== '');
}

function gridOf(table: HtmlElement, skip: (element: HtmlElement) => boolean): Cell[][] {
  const rows = rowsOf(table);
  const grid: (Cell | undefined)[][] = rows.map(() => []);
  rows.forEach((row, y) => {
    let x = 0;
    for (const element of cellsOf(row)) {
      while (grid[y]?.[x]) x++;
      const cell = { text: cleanProse(textInside(element, skip)), isHeader: isHeaderCell(element) };
      const height = Math.min(span(element, 'rowspan'), rows.length - y);
      const width = span(element, 'colspan');
      for (let dy = 0; dy < height; dy++) {
        for (let dx = 0; dx < width; dx++) grid[y + dy]![x + dx] = { ...cell, isRepeat: dx > 0 };
      }
      x += width;
    }
  });
  const empty = { text: '', isHeader: false, isRepeat: true };
  return grid.map((row) => Array.from(row, (cell) => cell ?? empty));
}

function countHeaderRows(table: HtmlElement, rows: Cell[][]): number {
  const head = table.childNodes.find((node) => isElement(node) && node.tagName === 'thead');
  const inHead = head && isElement(head) ? rowsOf(head).length : 0;
  const firstData = rows.findIndex((row) => !row.every((cell) => cell.isHeader || cell.text === ''));
  const marked = Math.max(inHead, firstData === -1 ? rows.length : firstData);
  return marked === 0 && hasNumbersUnderWords(rows) ? 1 : marked;
}

/** Word processors seldom mark a header row: a column that begins with a word and goes on in numbers shows one. */
function hasNumbersUnderWords([first = [], ...rest]: Cell[][]): boolean {
  if (rest.length < 2 || first.length < 3 || first.some((cell) => /^\d/.test(cell.text))) return false;
  return first.some(
    ({ text }, x) => text !== '' && rest.every((row) => /^[-+$€£]?\d[\d.,]*\s?%?$/.test(row[x]?.text ?? '')),
  );
}

/** Headers over several rows are read downwards: `2023 Income`. */
function headersOf(rows: Cell[][]): string[] {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: width }, (_, x) =>
    [...new Set(rows.map((row) => row[x]?.text ?? ''))].filter((text) => text !== '').join(' '),
  );
}

function rowsOf(node: HtmlElement): HtmlElement[] {
  return findOutermost(
    node.childNodes,
    (element) => element.tagName === 'tr' || element.tagName === 'table',
  ).filter((element) => element.tagName === 'tr');
}

function cellsOf(row: HtmlElement): HtmlElement[] {
  return row.childNodes
    .filter((node) => isElement(node))
    .filter((node) => node.tagName === 'td' || node.tagName === 'th');
}

// Word processors mark a header row by bold type more often than as such.
function isHeaderCell(cell: HtmlElement): boolean {
  return cell.tagName === 'th' || isAllBold(cell);
}

function isAllBold(element: HtmlElement): boolean {
  const content = element.childNodes.filter((node) => isElement(node) || hasText(node));
  if (content.length === 0) return false;
  return content.every(
    (node) => isElement(node) && (node.tagName === 'strong' || node.tagName === 'b' || isAllBold(node)),
  );
}

function hasText(node: HtmlNode): boolean {
  return 'value' in node && node.value.trim() !== '';
}

function span(cell: HtmlElement, name: 'rowspan' | 'colspan'): number {
  const value = Number(attribute(cell, name));
  return Number.isInteger(value) && value > 0 ? Math.min(value, MAX_SPAN) : 1;
}
