/**
 * What the content model tells apart. Beside the contract's categories: `crime` is a request for what the law forbids
 * (weapons, drugs, fraud, break-ins), and `help` is somebody who speaks of harming himself and asks for no means.
 */
export const CONTENT_LABELS = [
  'violence',
  'hate',
  'self_harm',
  'sexual',
  'profanity',
  'crime',
  'help',
] as const;
export type ContentLabel = (typeof CONTENT_LABELS)[number];
