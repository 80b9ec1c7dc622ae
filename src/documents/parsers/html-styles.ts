import { attribute } from './html-tree.ts';
import type { HtmlElement } from './html-tree.ts';

/** Declarations by property, in lower case. */
export type Styles = ReadonlyMap<string, string>;

/** What `selector {…}` sets, for selectors that are one class, id or element. */
export type StyleRules = ReadonlyMap<string, Styles>;

/** Reads style sheets as far as they can hide text by colour, size or place; what they set for media is left out. */
export function parseRules(sheets: string): StyleRules {
  const rules = new Map<string, Styles>();
  let depth = 0;
  for (const piece of sheets.split('}')) {
    const [selectors = '', body, ...more] = piece.split('{');
    if (depth === 0 && body !== undefined && more.length === 0) {
      const styles = parseDeclarations(body);
      for (const selector of selectors.toLowerCase().split(',')) {
        rules.set(selector.trim(), new Map([...(rules.get(selector.trim()) ?? []), ...styles]));
      }
    }
    depth = Math.max(0, depth + (body === undefined ? 0 : 1 + more.length) - 1);
  }
  return rules;
}

/** What applies to an element: what the rules say of its name, its classes and its id, then its own `style`. */
export function stylesOf(element: HtmlElement, rules: StyleRules): { sheet: Styles; inline: Styles } {
  const classes = (attribute(element, 'class') ?? '').toLowerCase().split(/\s+/);
  const id = attribute(element, 'id')?.toLowerCase();
  const selectors = [element.tagName, ...classes.map((name) => `.${name}`), `#${id}`];
  return {
    sheet: rules.size > 0 ? new Map(selectors.flatMap((selector) => [...(rules.get(selector) ?? [])])) : NONE,
    inline: parseDeclarations(attribute(element, 'style') ?? ''),
  };
}

const NONE: Styles = new Map();

function parseDeclarations(text: string): Styles {
  if (text === '') return NONE;
  return new Map(
    text
      .toLowerCase()
      .replace(/!important/g, '')
      .split(';')
      .map((declaration): [string, string] => {
        const colon = declaration.indexOf(':');
        return [declaration.slice(0, Math.max(0, colon)).trim(), declaration.slice(colon + 1).trim()];
      })
      .filter(([property]) => property !== ''),
  );
}
