import type { Block } from '../document.ts';
import type { TextBuilder } from '../text-builder.ts';
import { takeHidden } from './html-hidden.ts';
import { isNoText, isPageFurniture } from './html-noise.ts';
import { isLayoutTable, renderTable } from './html-table.ts';
import { attribute, findOutermost, isElement, isInline, parseHtmlTree, textInside } from './html-tree.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';

type Options = {
  /** A web page, whose menus and footers are no part of the document. Otherwise all that is visible counts. */
  isPage: boolean;
};

/** Adds the blocks of an HTML text to the builder, and what it hides; returns the page's own `<title>`, if it has one. */
export function addHtmlBlocks(html: string, builder: TextBuilder, { isPage }: Options): string | undefined {
  const nodes = takeHidden(parseHtmlTree(html), builder.hide);
  const skip = (element: HtmlElement) => isNoText(element) || (isPage && isPageFurniture(element));
  const title = findOutermost(nodes, (element) => element.tagName === 'title')[0];
  const roots = isPage ? mainContent(nodes, skip) : nodes;
  walkBlocks(roots, builder, skip);
  return title?.childNodes.map((node) => textInside(node, () => false)).join('');
}

/** The page's main part where it holds most of the text, or else everything. */
function mainContent(nodes: HtmlNode[], skip: (element: HtmlElement) => boolean): HtmlNode[] {
  const textLength = (roots: HtmlNode[]) => roots.reduce((sum, node) => sum + visibleLength(node, skip), 0);
  const total = textLength(nodes);
  const isMain = (element: HtmlElement) =>
    element.tagName === 'main' || attribute(element, 'role') === 'main';
  for (const matches of [isMain, (element: HtmlElement) => element.tagName === 'article']) {
    const found = findOutermost(nodes, matches);
    if (found.length > 0 && textLength(found) > total / 2) return found;
  }
  return nodes;
}

function visibleLength(node: HtmlNode, skip: (element: HtmlElement) => boolean): number {
  if ('value' in node) return node.value.trim().length;
  if (!isElement(node) || skip(node)) return 0;
  return node.childNodes.reduce((sum, child) => sum + visibleLength(child, skip), 0);
}

type Context = { kind: Block['kind']; level?: number };

function walkBlocks(roots: HtmlNode[], builder: TextBuilder, skip: (element: HtmlElement) => boolean): void {
  let lines: string[] = [];
  let line = '';
  // The number of a list item, until its first text is written.
  let marker = '';
  const lastNumber = new Map<HtmlElement, number>();

  const flush = ({ kind, level }: Context) => {
    const [first, ...rest] = [...lines, line].map((text) => text.trim()).filter((text) => text !== '');
    lines = [];
    line = '';
    if (first === undefined) return;
    const text = [marker + first, ...rest];
    marker = '';
    builder.add(kind, kind === 'heading' ? text.join(' ') : text, level);
  };

  const walkAll = (nodes: HtmlNode[], context: Context) => {
    for (const node of nodes) walk(node, context);
  };

  const walk = (node: HtmlNode, context: Context): void => {
    if ('value' in node) {
      line += node.value.replaceAll('\n', ' ');
      return;
    }
    if (!isElement(node) || skip(node)) return;
    if (node.tagName === 'br') {
      lines.push(line);
      line = '';
      return;
    }
    if (isInline(node)) {
      walkAll(node.childNodes, context);
      return;
    }
    flush(context);
    const inside = walkBlock(node, context);
    if (inside) {
      walkAll(node.childNodes, inside);
      flush(inside);
    }
    if (node.tagName === 'li') marker = '';
  };

  /** Handles what a block element is, and returns how its content is to be walked, if it still is. */
  const walkBlock = (node: HtmlElement, context: Context): Context | undefined => {
    const heading = /^h([1-6])$/.exec(node.tagName)?.[1];
    if (heading) return { kind: 'heading', level: Number(heading) };
    switch (node.tagName) {
      case 'li':
        marker = listMarker(node, lastNumber);
        return { kind: 'list_item' };
      case 'dd':
        return { kind: 'list_item' };
      case 'dt':
        return { kind: 'paragraph' };
      case 'pre':
        builder.add('code', preformatted(node));
        return undefined;
      case 'table':
        if (isLayoutTable(node)) return context;
        for (const caption of findOutermost(node.childNodes, (element) => element.tagName === 'caption')) {
          walkAll(caption.childNodes, { kind: 'paragraph' });
          flush({ kind: 'paragraph' });
        }
        for (const row of renderTable(node, skip)) builder.add('table_row', row);
        return undefined;
      default:
        return context.kind === 'heading' ? { kind: 'paragraph' } : context;
    }
  };

  walkAll(roots, { kind: 'paragraph' });
  flush({ kind: 'paragraph' });
}

/** Items of a numbered list keep their number: other text may refer to it. */
function listMarker(item: HtmlElement, lastNumber: Map<HtmlElement, number>): string {
  const list = item.parentNode;
  if (!list || !('tagName' in list) || list.tagName !== 'ol') return '';
  const number = (lastNumber.get(list) ?? Number.parseInt(attribute(list, 'start') ?? '1', 10) - 1) + 1;
  lastNumber.set(list, number);
  return Number.isNaN(number) ? '' : `${number}. `;
}

function preformatted(node: HtmlNode): string {
  if ('value' in node) return node.value;
  if (!isElement(node)) return '';
  return node.tagName === 'br' ? '\n' : node.childNodes.map(preformatted).join('');
}
