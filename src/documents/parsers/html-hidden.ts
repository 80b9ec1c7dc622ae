import type { HiddenKind } from '../document.ts';
import { isSameColour, parseColour, parsePixels } from './css-values.ts';
import { parseRules, stylesOf } from './html-styles.ts';
import type { StyleRules, Styles } from './html-styles.ts';
import { attribute, findOutermost, isElement, textInside } from './html-tree.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';

type Report = (kind: HiddenKind, text: string) => void;

/** How text looks that stands somewhere. `background` is undefined where a picture or another sheet may decide. */
type Look = { colour: string; background: string | undefined; isTiny: boolean };

const SMALLEST_PIXELS = 2;
const OFF_SCREEN_PIXELS = -400;
const WORDY_ATTRIBUTES = ['title', 'alt', 'aria-label', 'aria-description', 'summary', 'placeholder'];
const LINKING_ATTRIBUTES = ['href', 'src', 'data', 'action', 'poster'];
/** Names and labels are shorter; an instruction takes a few words. */
const FEWEST_WORDS = 4;

/**
 * Takes out of a page what its reader does not see, and reports it: hidden elements, comments, text in the colour of its
 * background or too small to read, and the texts of attributes. What a style sheet does not display stays, since tabs and
 * folded sections are made that way.
 */
export function takeHidden(nodes: HtmlNode[], report: Report): HtmlNode[] {
  const sheets = findOutermost(nodes, ({ tagName }) => tagName === 'style');
  const rules = parseRules(sheets.map((sheet) => textInside(sheet, () => false)).join('\n'));
  const isStyledElsewhere = findOutermost(nodes, isStyleSheetLink).length > 0;
  const page: Look = {
    colour: '0,0,0',
    background: isStyledElsewhere ? undefined : '255,255,255',
    isTiny: false,
  };
  return withoutHidden(nodes, page, rules, report);
}

function withoutHidden(nodes: HtmlNode[], look: Look, rules: StyleRules, report: Report): HtmlNode[] {
  const unseen = kindOfLook(look);
  return nodes.filter((node) => {
    if (node.nodeName === '#comment') {
      if ('data' in node) report('comment', node.data);
      return false;
    }
    if ('value' in node) {
      if (unseen) report(unseen, node.value);
      return !unseen;
    }
    if (!isElement(node)) return true;
    reportAttributes(node, report);
    const { sheet, inline } = stylesOf(node, rules);
    if (isHidden(node, sheet, inline)) {
      report(
        'hidden_text',
        textInside(node, ({ tagName }) => tagName === 'script' || tagName === 'style'),
      );
      return false;
    }
    node.childNodes = withoutHidden(node.childNodes, lookInside(node, look, sheet, inline), rules, report);
    return true;
  });
}

function isHidden(element: HtmlElement, sheet: Styles, inline: Styles): boolean {
  if (attribute(element, 'hidden') !== undefined) return true;
  if (attribute(element, 'aria-hidden')?.trim().toLowerCase() === 'true') return true;
  if (inline.get('display') === 'none' || inline.get('visibility') === 'hidden') return true;
  if (parsePixels(inline.get('opacity') ?? '1') === 0) return true;
  return [sheet, inline].some(isOffScreen);
}

function isOffScreen(styles: Styles): boolean {
  const isPlaced = /absolute|fixed/.test(styles.get('position') ?? '');
  const places = [
    ...(isPlaced ? ['left', 'right', 'top', 'bottom'] : []),
    'text-indent',
    'margin-left',
    'margin-top',
  ];
  if (places.some((side) => (parsePixels(styles.get(side) ?? '') ?? 0) < OFF_SCREEN_PIXELS)) return true;
  const clip = styles.get('clip-path') ?? styles.get('clip') ?? '';
  if (isPlaced && /^(?:rect\((?:[01](?:px)?[,\s]*){4}\)|inset\((?:50|100)%\))/.test(clip)) return true;
  const size = ['width', 'height', 'max-height', 'max-width'].map((side) =>
    parsePixels(styles.get(side) ?? ''),
  );
  return styles.get('overflow') === 'hidden' && size.some((pixels) => pixels !== undefined && pixels <= 1);
}

function lookInside(element: HtmlElement, outer: Look, sheet: Styles, inline: Styles): Look {
  const value = (property: string) => inline.get(property) ?? sheet.get(property);
  const colour = value('color') ?? attribute(element, element.tagName === 'body' ? 'text' : 'color');
  const size = parsePixels(value('font-size') ?? '');
  return {
    colour: colour === undefined ? outer.colour : (parseColour(colour.toLowerCase()) ?? ''),
    background: backgroundOf(element, value, outer.background),
    isTiny: size === undefined ? outer.isTiny : size < SMALLEST_PIXELS,
  };
}

function backgroundOf(
  element: HtmlElement,
  value: (property: string) => string | undefined,
  outer: string | undefined,
): string | undefined {
  if (value('background-image') !== undefined && value('background-image') !== 'none') return undefined;
  const stated = value('background-color') ?? value('background') ?? attribute(element, 'bgcolor');
  if (stated === undefined || stated === 'none' || stated === 'inherit') return outer;
  const colour = parseColour(stated.toLowerCase());
  return colour === 'transparent' ? outer : colour;
}

function kindOfLook({ colour, background, isTiny }: Look): HiddenKind | undefined {
  if (isTiny) return 'tiny_text';
  if (colour === 'transparent') return 'white_text';
  return background !== undefined && isSameColour(colour, background) ? 'white_text' : undefined;
}

function reportAttributes(element: HtmlElement, report: Report): void {
  for (const { name, value } of element.attrs) {
    if (LINKING_ATTRIBUTES.includes(name) && /^\s*data:/i.test(value)) report('data_url', value);
    const isWordy = WORDY_ATTRIBUTES.includes(name) || (element.tagName === 'meta' && name === 'content');
    if (isWordy && value.trim().split(/\s+/).length >= FEWEST_WORDS) report('hidden_text', value);
  }
}

function isStyleSheetLink(element: HtmlElement): boolean {
  return element.tagName === 'link' && /stylesheet/i.test(attribute(element, 'rel') ?? '');
}
