import { expect, it } from '@jest/globals';
import { groundedPrompt } from '../../../src/rag/prompt.ts';

const passage = {
  index: 1,
  id: '1',
  documentId: 'd',
  title: 'T',
  source: null,
  headingPath: ['T', 'H'],
  text: 'SECRET TEXT',
  start: 0,
  end: 11,
  score: 1,
  lexical: 1,
  dense: null,
};

it('passages stand in the user’s message alone, behind a fence whose label is new each time', () => {
  const first = groundedPrompt({ question: 'QUESTION?', passages: [passage], canary: 'CANARY' });
  const second = groundedPrompt({ question: 'QUESTION?', passages: [passage], canary: 'CANARY' });
  expect(first.system).not.toMatch(/SECRET|QUESTION/);
  expect(first.user).toContain('T > H\nSECRET TEXT');
  expect(first.user).toContain('QUESTION?');
  expect(first.system).toBe(second.system);
  expect(first.system).toContain('CANARY');
  expect(first.user).not.toContain('CANARY');
  const label = (text: string) => /<(passage-[0-9a-f]{12}) number="1">/.exec(text)![1];
  expect(label(first.user)).not.toBe(label(second.user));
});
