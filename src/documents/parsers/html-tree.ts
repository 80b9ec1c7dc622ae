import { defaultTreeAdapter, parse } from 'parse5';
import type { DefaultTreeAdapterTypes as Tree } from 'parse5';
import { AppError } from '../../errors/app-error.ts';

export type HtmlNode = Tree.ChildNode;
export type HtmlElement = Tree.Element;

// Browsers stop nesting here as well; parse5 scans the stack of open elements for most tags.
const MAX_DEPTH = 512;

/**
 * Parses a whole page or a fragment of one, as a browser would.
 * @returns the children of the document node, in order
 * @throws AppError `unprocessable_document` where elements nest more than 512 deep
 */
export function parseHtmlTree(html: string): HtmlNode[] {
  let depth = 0;
  const treeAdapter = {
    ...defaultTreeAdapter,
    onItemPush() {
      if (++depth > MAX_DEPTH) {
        throw new AppError(
          'unprocessable_document',
          `The document nests its elements more than ${MAX_DEPTH} deep.`,
        );
      }
    },
    onItemPop() {
      depth--;
    },
  };
  return parse(html, { treeAdapter, sourceCodeLocationInfo: false }).childNodes;
}

export function isElement(node: HtmlNode): node is HtmlElement {
  return 'tagName' in node;
}

export function attribute(element: HtmlElement, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value;
}

/** All elements with one of these names, in document order, that do not lie inside another such element. */
export function findOutermost(nodes: HtmlNode[], matches: (element: HtmlElement) => boolean): HtmlElement[] {
  return nodes.flatMap((node) => {
    if (!isElement(node)) return [];
    return matches(node) ? [node] : findOutermost(node.childNodes, matches);
  });
}

/** The text inside a node, its pieces set apart by spaces where an element would start a new line. */
export function textInside(node: HtmlNode, skip: (element: HtmlElement) => boolean): string {
  if ('value' in node) return node.value;
  if (!isElement(node) || skip(node)) return '';
  const text = node.childNodes.map((child) => textInside(child, skip)).join('');
  return INLINE.has(node.tagName) ? text : ` ${text} `;
}

const INLINE = new Set(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark output picture q rp rt ruby s samp small source span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);

export function isInline(element: HtmlElement): boolean {
  return INLINE.has(element.tagName);
}
