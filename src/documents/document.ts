import type { Span } from '../language/span.ts';

/** One structural piece of a document. Blocks are in order, do not overlap and cover all text but white space. */
export type Block = Span & {
  kind: 'heading' | 'paragraph' | 'list_item' | 'table_row' | 'code';
  /** Heading depth, 1 (the title) to 6; present on headings only. */
  level?: number;
};

/** What a parser makes of a file: plain text with no control characters but `\n` and `\t`, and its structure. */
export type ExtractedDocument = {
  text: string;
  blocks: Block[];
  /** The file's own title (HTML `<title>`, PDF metadata, a first heading), where it has one. */
  title?: string;
  mediaType: MediaType;
  /** What the file holds and a reader does not see, where there is any; none of it is in `text`. */
  hidden?: HiddenText[];
};

/** How a piece of text is kept from a reader, and the piece: attributes, and other ways to hide, are `hidden_text`. */
export type HiddenText = { kind: HiddenKind; text: string };
export type HiddenKind = 'hidden_text' | 'comment' | 'tiny_text' | 'white_text' | 'data_url';

export const MEDIA_TYPES = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  html: 'text/html',
  markdown: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  text: 'text/plain',
} as const;

export type DocumentFormat = keyof typeof MEDIA_TYPES;
export type MediaType = (typeof MEDIA_TYPES)[DocumentFormat];

/** What arrives at the door: bytes with what the sender says of them. */
export type UploadedFile = {
  bytes: Uint8Array;
  filename?: string;
  /** The `Content-Type` the sender gave; a hint, checked against the bytes. */
  mediaType?: string;
};
