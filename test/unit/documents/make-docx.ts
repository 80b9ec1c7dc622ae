import { makeZip } from './make-zip.ts';
import type { ZipEntry } from './make-zip.ts';

const RELATIONSHIPS =
  '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>';

/** A Word document around the XML of its body. */
export function documentXml(body: string): string {
  return `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`;
}

export function paragraphXml(text: string, style = ''): string {
  const properties = style && `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`;
  return `<w:p>${properties}<w:r><w:t>${text}</w:t></w:r></w:p>`;
}

export function makeDocx(body: string, extra: ZipEntry[] = []): Buffer {
  return makeZip([
    { name: '_rels/.rels', data: RELATIONSHIPS },
    { name: 'word/document.xml', data: documentXml(body) },
    ...extra,
  ]);
}
