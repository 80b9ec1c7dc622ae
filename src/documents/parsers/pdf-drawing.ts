import type { PDFPageProxy } from 'unpdf/pdfjs';
import type { HiddenKind } from '../document.ts';

/** A character as it is drawn, and how it is kept from a reader, if it is. */
export type DrawnGlyph = { text: string; hidden?: HiddenKind | undefined };

export type Matrix = [number, number, number, number, number, number];
type Box = { left: number; bottom: number; right: number; top: number };
type State = { matrix: Matrix; fill: string; mode: number; alpha: number; size: number };

const INVISIBLE_MODES = [3, 7];
const SMALLEST_POINTS = 2;
const FAINTEST_ALPHA = 0.03;
/** Past so many a page is taken to be coloured all over. */
const MOST_BOXES = 500;
const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];
const EVERYWHERE: Box = { left: -Infinity, bottom: -Infinity, right: Infinity, top: Infinity };

type Operators = Awaited<ReturnType<PDFPageProxy['getOperatorList']>>;

/**
 * Follows what a page draws, and tells of each glyph whether it shows: not in an invisible mode, nor white where
 * nothing else was painted first, nor too small to read. A page that shows no text at all is a scan with recognised text
 * behind its picture, and counts as seen.
 *
 * @param operators pdf.js's names of its operators, by their number
 */
export function readDrawing({ fnArray, argsArray }: Operators, operators: Map<number, string>): DrawnGlyph[] {
  const glyphs: DrawnGlyph[] = [];
  const boxes: Box[] = [];
  const saved: State[] = [];
  let state: State = { matrix: IDENTITY, fill: '#000000', mode: 0, alpha: 1, size: 0 };
  let text = IDENTITY;
  let leading = 0;
  const paint = (box: Box) => {
    if (boxes.length <= MOST_BOXES) boxes.push(boxes.length < MOST_BOXES ? box : EVERYWHERE);
  };
  const move = (x: number, y: number) => (text = multiply(text, [1, 0, 0, 1, x, y]));

  fnArray.forEach((operator, index) => {
    const args = (argsArray[index] ?? []) as unknown[];
    const [first = 0, second = 0] = args as number[];
    switch (operators.get(operator)) {
      case 'save':
        saved.push({ ...state });
        break;
      case 'paintFormXObjectBegin':
        saved.push({ ...state });
        state.matrix = multiply(state.matrix, matrixOf(args[0] as ArrayLike<number> | null));
        break;
      case 'restore':
      case 'paintFormXObjectEnd':
        state = saved.pop() ?? state;
        break;
      case 'transform':
        state.matrix = multiply(state.matrix, matrixOf(args as number[]));
        // Pictures are not decoded: what is left of one is the place that was made for it.
        if (operators.get(fnArray[index + 1]!) === 'restore') paint(boxOf([0, 0, 1, 1], state.matrix));
        break;
      case 'setFillRGBColor':
        state.fill = args[0] as string;
        break;
      case 'setFillColorN':
      case 'shadingFill':
        state.fill = '';
        if (operators.get(operator) === 'shadingFill') paint(EVERYWHERE);
        break;
      case 'setTextRenderingMode':
        state.mode = first;
        break;
      case 'setGState':
        for (const [key, value] of args[0] as [string, number][]) if (key === 'ca') state.alpha = value;
        break;
      case 'constructPath':
        if (isFill(operators.get(first)) && !isWhite(state.fill) && args[2])
          paint(boxOf(Array.from(args[2] as ArrayLike<number>), state.matrix));
        break;
      case 'beginText':
        text = IDENTITY;
        break;
      case 'setFont':
        state.size = second;
        break;
      case 'setTextMatrix':
        text = matrixOf((typeof args[0] === 'number' ? args : args[0]) as ArrayLike<number>);
        break;
      case 'setLeading':
        leading = -first;
        break;
      case 'setLeadingMoveText':
        leading = second;
        move(first, second);
        break;
      case 'moveText':
        move(first, second);
        break;
      case 'nextLine':
        move(0, leading);
        break;
      case 'showText': {
        const hidden = hiddenBy(state, text, boxes);
        for (const glyph of args[0] as ({ unicode: string } | number)[]) {
          if (typeof glyph === 'object') glyphs.push({ text: glyph.unicode.normalize('NFKC'), hidden });
        }
        break;
      }
    }
  });
  const isScan = glyphs.every(({ text: drawn, hidden }) => hidden === 'hidden_text' || drawn.trim() === '');
  return isScan ? glyphs.map(({ text: drawn }) => ({ text: drawn })) : glyphs;
}

function hiddenBy(
  { matrix, fill, mode, alpha, size }: State,
  text: Matrix,
  boxes: Box[],
): HiddenKind | undefined {
  if (INVISIBLE_MODES.includes(mode) || alpha < FAINTEST_ALPHA) return 'hidden_text';
  const [, , c, d, x, y] = multiply(matrix, text);
  if (Math.abs(size) * Math.hypot(c, d) < SMALLEST_POINTS) return 'tiny_text';
  const isOn = ({ left, right, bottom, top }: Box) =>
    x >= left - 1 && x <= right + 1 && y >= bottom - 1 && y <= top + 1;
  return isWhite(fill) && mode !== 1 && !boxes.some(isOn) ? 'white_text' : undefined;
}

function matrixOf(numbers: ArrayLike<number> | null): Matrix {
  return Array.from(numbers ?? IDENTITY) as Matrix;
}

function isFill(operator: string | undefined): boolean {
  return operator !== undefined && /fill/i.test(operator);
}

function isWhite(colour: string): boolean {
  return /^#(?:f[a-f\d]){3}$/i.test(colour);
}

function boxOf([left = 0, bottom = 0, right = 0, top = 0]: number[], matrix: Matrix): Box {
  const corners = [
    [left, bottom],
    [left, top],
    [right, bottom],
    [right, top],
  ].map(([x, y]) => multiply(matrix, [1, 0, 0, 1, x!, y!]));
  const [xs, ys] = [corners.map((corner) => corner[4]), corners.map((corner) => corner[5])];
  return { left: Math.min(...xs), right: Math.max(...xs), bottom: Math.min(...ys), top: Math.max(...ys) };
}

export function multiply([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}
