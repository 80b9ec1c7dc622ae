import { describe, expect, it } from '@jest/globals';
import { joinLines, wordsOf } from '../../../../src/documents/parsers/join-lines.ts';

const join = (lines: string[], document: string[] = []) => joinLines(lines, wordsOf([...document, ...lines]));

describe('the lines of a paragraph', () => {
  it('are joined by spaces', () => {
    expect(join(['One line', 'and another.'])).toBe('One line and another.');
  });

  it('have cut words put together', () => {
    expect(join(['a ques-', 'tion'])).toBe('a question');
    expect(join(['a ques\u2010', 'tion'])).toBe('a question');
  });

  it('keep a hyphen that the word has elsewhere, or that parts two known words', () => {
    expect(join(['a well-', 'known trap'], ['It is well-known.'])).toBe('a well-known trap');
    expect(join(['the out-of-', 'scope ones'])).toBe('the out-of-scope ones');
    expect(join(['a user-', 'system exchange'], ['The user meets the system.'])).toBe(
      'a user-system exchange',
    );
  });

  it('keep a hyphen before a name or a number', () => {
    expect(join(['the Anglo-', 'Saxon one'])).toBe('the Anglo-Saxon one');
    expect(join(['pages 3-', '5'])).toBe('pages 3-5');
  });

  it('are joined quickly, whatever they hold', () => {
    const started = performance.now();
    join(Array.from({ length: 20_000 }, () => 'some words of a very long paragraph with-'));
    join(['x'.repeat(5_000_000), 'x'.repeat(5_000_000)]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
