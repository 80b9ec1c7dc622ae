import type { HiddenKind } from '../document.ts';

type Report = (kind: HiddenKind, text: string) => void;

/** The parts that mammoth makes text of. */
const TEXT_PARTS = /^word\/(?:document|footnotes|endnotes)\.xml$/;
const TAG = /<(\/?)w:([A-Za-z]+)([^<>]*)>/g;
const TEXT = /<w:(?:t|delText)(?:\s[^<>]*)?>([^<]*)|<\/w:p>/g;
const SMALLEST_HALF_POINTS = 4;
/** Text boxes nest runs in runs; deeper ones are read as part of these. */
const MOST_NESTED_RUNS = 8;

/**
 * Takes the text that Word does not show, or shows in white or too small to read, out of a document's parts and reports
 * it, as well as comments. White text stays in tables, shapes and shaded paragraphs, which may be dark.
 */
export function takeHiddenRuns(parts: Map<string, Buffer>, report: Report): Map<string, Buffer> {
  for (const comment of (parts.get('word/comments.xml')?.toString() ?? '').split('</w:comment>')) {
    report('comment', textOf(comment));
  }
  const styles = hidingStyles(parts.get('word/styles.xml')?.toString() ?? '');
  return new Map(
    [...parts].map(([name, part]) => {
      if (!TEXT_PARTS.test(name)) return [name, part];
      const xml = part.toString();
      const cuts = findHiddenRuns(xml, styles);
      return cuts.length === 0 ? [name, part] : [name, Buffer.from(cutOut(xml, cuts, report))];
    }),
  );
}

type Look = { kind?: HiddenKind | undefined; isShaded: boolean };
type Run = { start: number; look: Look };
type Cut = { start: number; end: number; kind: HiddenKind };

function findHiddenRuns(xml: string, styles: Map<string, HiddenKind>): Cut[] {
  const cuts: Cut[] = [];
  const runs: Run[] = [];
  let [unread, framed] = [0, 0];
  let paragraph: Look = { isShaded: false };
  let isInParagraphProperties = false;

  for (const { 0: tag, 1: slash, 2: name = '', 3: attributes = '', index } of xml.matchAll(TAG)) {
    const isEmpty = attributes.endsWith('/');
    if (name === 'r' && !isEmpty) {
      if (!slash && runs.length === MOST_NESTED_RUNS) unread++;
      else if (!slash) runs.push({ start: index, look: { ...paragraph } });
      else if (unread > 0) unread--;
      else {
        const { start, look } = runs.pop() ?? { start: index, look: paragraph };
        if (!look.kind || (look.kind === 'white_text' && (look.isShaded || framed > 0))) continue;
        while (cuts.length > 0 && cuts.at(-1)!.start > start) cuts.pop();
        cuts.push({ start, end: index + tag.length, kind: look.kind });
      }
    } else if (name === 'p' && !isEmpty) paragraph = { isShaded: false };
    else if (name === 'pPr') isInParagraphProperties = !slash && !isEmpty;
    else if (name === 'tbl' || name === 'txbxContent') framed += slash ? -1 : 1;
    else if (name === 'pStyle') paragraph.kind = styles.get(valueOf(attributes));
    else {
      // What a paragraph's properties say of characters is said of its end mark alone, but a shade is its own.
      const look = isInParagraphProperties ? paragraph : runs.at(-1)?.look;
      if (!look) continue;
      if (name === 'shd' || name === 'highlight') look.isShaded = true;
      else if (!isInParagraphProperties) applyProperty(look, name, attributes, styles);
    }
  }
  return cuts;
}

function applyProperty(look: Look, name: string, attributes: string, styles: Map<string, HiddenKind>): void {
  if (name === 'rStyle') look.kind = styles.get(valueOf(attributes)) ?? look.kind;
  else {
    const kind = kindOf(name, attributes);
    if (kind) look.kind = kind;
    // What a run says for itself undoes what its style says.
    else if (UNDOES[name] === look.kind) look.kind = undefined;
  }
}

const UNDOES: Record<string, HiddenKind> = { vanish: 'hidden_text', color: 'white_text', sz: 'tiny_text' };

function kindOf(property: string, attributes: string): HiddenKind | undefined {
  const value = valueOf(attributes);
  if (property === 'vanish') return /^(?:0|false|off)$/.test(value) ? undefined : 'hidden_text';
  if (property === 'color') return /^f[ac-f]f[ac-f]f[ac-f]$/i.test(value) ? 'white_text' : undefined;
  if (property === 'sz') return Number(value) < SMALLEST_HALF_POINTS ? 'tiny_text' : undefined;
  return undefined;
}

/** The styles by which text is hidden, of characters and of paragraphs. */
function hidingStyles(xml: string): Map<string, HiddenKind> {
  const styles = new Map<string, HiddenKind>();
  for (const style of xml.split('</w:style>')) {
    const id = /<w:style\s[^<>]*w:styleId="([^"<>]{1,200})"/.exec(style)?.[1];
    if (id === undefined || /<w:(?:shd|highlight)\s/.test(style)) continue;
    for (const [, , name = '', attributes = ''] of style.matchAll(TAG)) {
      const kind = kindOf(name, attributes);
      if (kind) styles.set(id, kind);
    }
  }
  return styles;
}

function cutOut(xml: string, cuts: Cut[], report: Report): string {
  const kept: string[] = [];
  let text = '';
  let at = 0;
  cuts.forEach(({ start, end, kind }, index) => {
    kept.push(xml.slice(at, start));
    text += textOf(xml.slice(start, end));
    at = end;
    // Word cuts a sentence into runs as it likes: what stands together is one piece.
    const next = cuts[index + 1];
    if (next?.kind === kind && !xml.slice(end, next.start).includes('<w:t')) return;
    report(kind, text);
    text = '';
  });
  return kept.join('') + xml.slice(at);
}

function valueOf(attributes: string): string {
  return /\bw:val="([^"]{0,200})"/.exec(attributes)?.[1] ?? '';
}

function textOf(xml: string): string {
  return [...xml.matchAll(TEXT)]
    .map(([, text]) => text ?? ' ')
    .join('')
    .replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity]!);
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};
