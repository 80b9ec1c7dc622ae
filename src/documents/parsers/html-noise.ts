import { attribute } from './html-tree.ts';
import type { HtmlElement } from './html-tree.ts';

const NEVER_TEXT = new Set(
  'script style template noscript head title link meta svg canvas iframe object embed audio video map button select textarea input datalist progress meter'.split(
    ' ',
  ),
);

/** Whether an element holds code or controls, which are no text of the document. */
export function isNoText(element: HtmlElement): boolean {
  return NEVER_TEXT.has(element.tagName);
}

const FURNITURE_TAGS = new Set(['nav', 'aside', 'footer', 'dialog', 'menu']);
const FURNITURE_ROLES = new Set([
  'navigation',
  'banner',
  'contentinfo',
  'search',
  'complementary',
  'dialog',
  'alert',
]);
const FURNITURE_CLASSES =
  /(?:^|\s)(?:noprint|no-print|d-print-none|printfooter|navbox|navbar|toc|dropdown|catlinks|mw-portlet|mw-editsection|mw-jump-link|mw-cite-backlink|skip-link|breadcrumbs?|cookie-banner|sr-only|visually-hidden)(?:\s|$)/;

/** Whether an element belongs to the page around the document: its menus, banners, footers and jump links. */
export function isPageFurniture(element: HtmlElement): boolean {
  if (FURNITURE_TAGS.has(element.tagName)) return true;
  if (element.tagName === 'header') return !isInsideContent(element);
  // A footnote mark means nothing once it is cut off from its note.
  if (element.tagName === 'sup' && /\breference\b/.test(attribute(element, 'class') ?? '')) return true;
  if (FURNITURE_ROLES.has(attribute(element, 'role') ?? '')) return true;
  return FURNITURE_CLASSES.test(attribute(element, 'class') ?? '');
}

function isInsideContent(element: HtmlElement): boolean {
  let parent = element.parentNode;
  while (parent && 'tagName' in parent) {
    if (parent.tagName === 'main' || parent.tagName === 'article' || parent.tagName === 'section')
      return true;
    parent = parent.parentNode;
  }
  return false;
}
