import { expect, test } from '@jest/globals';
import { valuesOf } from './values-of.ts';

test.each([
  ['Write to ann.lee+shop@mail.example.co.uk, please.', ['ann.lee+shop@mail.example.co.uk']],
  ['<bob@example.org>;"eve@example.net"', ['bob@example.org', 'eve@example.net']],
  [
    'jürgen@bücher.example and user@xn--bcher-kva.example',
    ['jürgen@bücher.example', 'user@xn--bcher-kva.example'],
  ],
  ["mailto:o'hara@example.com?subject=hi", ["mailto:o'hara@example.com".slice(7)]],
  ['ann (at) example dot com', ['ann (at) example dot com']],
  ['ann [at] example [dot] co [dot] uk', ['ann [at] example [dot] co [dot] uk']],
  ['reach ann.lee at example dot com', ['ann.lee at example dot com']],
  ['a\u200bnn@exa\u200bmple.com', ['a\u200bnn@exa\u200bmple.com']],
  ['ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ', ['ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ']],
  ['аnn@example.com', ['аnn@example.com']],
  ['ann@example', []],
  ['see @example.com and ann@', []],
  ['npm install @scope/name@1.2.3', []],
  ['We meet at noon. Dot the i.', []],
  ['the office at example street', []],
])('%j: %j', (text, values) => {
  expect(valuesOf('EMAIL', text)).toEqual(values);
});
