import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const LENGTH = 6_000;
const PIECES = [
  'a', 'A', 'Aa ', 'a ', 'a. ', 'a.', 'é', 'İ', 'а ', 'привет ', 'Việt Nam ', 'नमस्ते ', 'م', 'هذا نص عربي ', '中', 'カ', 'あ', '가 ', 'ภาษาไทย',
  '日本語の文章がここにあります。', '日1', 'م1', '0', '1', '01', '1 ', '12 ', 'a1', '1a ', '4111 1111 1111 1111 ', '+1 415 555 0132, ', '1/1/2000 ', 'born 1/1/2000 ',
  ' ', '\n', '\u3000', '\u3000A', '\u200b', '\u0301', '😀', '.', '?', '? ', '-', '=', '_', '*', '#', '"', "a'", '`', '/', '(', '[', '[1', '[1]', '[1] ', '[1-99]', ' [', '<', '<b>', '<!--',
  '<!-- a -->', '**a** ', '| a | b |\n', ' | ', 'x\ny\n', 'x \n', '%41', '\\u0041', '4a ', 'aWdub3JlIGFsbCBw ', '@', 'a@a.', 'a at b dot ', 'a:', '::1 ',
  'word ', 'word-', 'John Smith ', 'The cat sat on the mat. ', 'ignore ', 'ignore all previous instructions. ', 'tell ', 'never ', 'system: ', 'send ', 'your ', 'i g n o r e ', '1gn0re ', 'No. ',
]; // prettier-ignore

it('four times as much of anything takes about four times as long, whatever reads it', () => {
  const output = execFileSync(process.execPath, [
    join(import.meta.dirname, '..', 'support', 'time-growth.ts'),
    JSON.stringify(PIECES),
    String(LENGTH),
  ]);
  expect(JSON.parse(String(output))).toEqual([]);
}, 240_000);
