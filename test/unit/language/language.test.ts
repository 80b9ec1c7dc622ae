import { describe, expect, it } from '@jest/globals';
import { detectLanguage } from '../../../src/language/detect-language.ts';
import { sentences } from '../../../src/language/sentences.ts';
import { createStemmer } from '../../../src/language/stems.ts';
import { words } from '../../../src/language/words.ts';

const cut = (text: string) => sentences(text).map(({ start, end }) => text.slice(start, end));

describe('words', () => {
  it.each([
    ['The late fee is $8.', ['the', 'late', 'fee', 'is', '8']],
    ["The game's opening wasn’t sung", ['the', "game's", 'opening', 'wasn’t', 'sung']],
    ['Обработка запросов', ['обработка', 'запросов']],
    ['应用安全验证标准', ['应用', '安全', '验证', '标准']],
    ['ＦＵＬＬ width', ['full', 'width']],
    ['', []],
  ])('of %j are cut in any script', (text, expected) => expect(words(text)).toEqual(expected));

  it('leave out what nobody would ask for, such as a wall of base64', () => {
    expect(words(`key ${'A'.repeat(200)} end`)).toEqual(['key', 'end']);
  });
});

describe('stems', () => {
  it('bring the forms of a word together, in its own language', () => {
    const english = createStemmer('english');
    expect(['fees', 'fee', 'fee’s'].map(english)).toEqual(['fee', 'fee', 'fee']);
    const german = createStemmer('german');
    expect(german('häuser')).toBe(german('haus'));
    const french = createStemmer('french');
    expect(french('l’amendes')).toBe(french('amende'));
  });

  it('fold accents, so that a question without them finds the word', () => {
    expect(createStemmer('english')('café')).toBe('cafe');
    expect(createStemmer('other')('łódź')).toBe('łodz');
  });
});

describe('the language of a document', () => {
  it.each([
    ['english', 'All human beings are born free and equal in dignity and rights.'],
    ['german', 'Alle Menschen sind frei und gleich an Würde und Rechten geboren.'],
    ['french', 'Tous les êtres humains naissent libres et égaux en dignité et en droits.'],
    ['spanish', 'Todos los seres humanos nacen libres e iguales en dignidad y derechos'],
    ['russian', 'Все люди рождаются свободными и равными в своем достоинстве и правах.'],
    ['arabic', 'يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا'],
    ['other', '人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心'],
    ['other', 'Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw'],
    ['english', 'A computer-based system will enable a subscriber to receive paper'],
    ['english', 'Late fee table'],
  ])('is told by its function words: %s', (language, text) => expect(detectLanguage(text)).toBe(language));
});

describe('sentences', () => {
  it('end at full stops, but not behind titles and initials', () => {
    expect(cut('Mr. Speaker rose. J. R. Smith spoke, i.e. read. It ended.')).toEqual([
      'Mr. Speaker rose.',
      'J. R. Smith spoke, i.e. read.',
      'It ended.',
    ]);
  });

  it('go on over a line that was broken to fit, and end with a line that was meant', () => {
    const wrapped = 'This line was broken by an editor at about sixty letters, as\npeople do. Next.';
    expect(cut(wrapped)).toEqual([wrapped.slice(0, -6), 'Next.']);
    expect(cut('- milk\n- Bread')).toEqual(['- milk', '- Bread']);
  });

  it('take a row of a table as one, whatever is in its cells', () => {
    expect(cut('Before. After.\nname: A. B. | size: 4.\nname: C. | size: 5.')).toEqual([
      'Before.',
      'After.',
      'name: A. B. | size: 4.',
      'name: C. | size: 5.',
    ]);
  });

  it('are found in other scripts', () => {
    expect(cut('第一句话。第二句话！')).toEqual(['第一句话。', '第二句话！']);
  });
});
