import { allFakers, type Faker } from '@faker-js/faker';
import { familyNames, givenNames, popularGivenNames } from './name-lists.ts';
import type { Random } from './random.ts';

const LATIN = /^[\p{Script=Latin}\p{M}' .-]+$/u;
const latinGiven = givenNames.filter((name) => LATIN.test(name));
const latinFamily = familyNames.filter((name) => LATIN.test(name));
const LATIN_LOCALES = (
  'en en_US en_GB en_AU en_CA en_IE en_IN en_ZA en_NG en_GH da de de_AT de_CH nl nl_BE sv nb_NO fi cs_CZ sk sl_SI hr hu pl ro ' +
  'es es_MX fr fr_BE fr_CA fr_CH it pt_BR pt_PT tr vi id_ID lv az af_ZA zu_ZA yo_NG sr_RS_latin eo'
)
  .split(' ')
  .filter((name): name is keyof typeof allFakers => name in allFakers);

export const TITLES = ['Mr', 'Mr.', 'Mrs', 'Mrs.', 'Ms', 'Ms.', 'Miss', 'Dr', 'Dr.', 'Prof.', 'Professor', 'Sir', 'Lady', 'Rev.', 'Doctor']; // prettier-ignore
const PARTICLES = ['de', 'de la', 'van', 'van der', 'von', 'di', 'da', 'dos', 'el', 'al', 'bin', 'ben', 'le', 'del', 'ter', "O'", 'Mc', 'Mac', 'St.']; // prettier-ignore
const POPULAR = 0.15;
const LETTERS = 'ABCDEFGHIJKLMNOPRSTVWZ';

/** A locale's data, of those that write in Latin letters. */
export function latinLocale(random: Random): Faker {
  return allFakers[random.pick(LATIN_LOCALES)];
}

/** Names of people: common and rare, from everywhere, some of no list (one name's beginning and another's end). */
export function createPeople(random: Random) {
  const spliced = (names: readonly string[]) => {
    const [one, other] = [random.pick(names), random.pick(names)];
    return one.slice(0, Math.ceil(one.length / 2)) + other.slice(Math.floor(other.length / 2)).toLowerCase();
  };
  const draw = (names: readonly string[], own: () => string) => {
    const chance = random.next();
    return chance < 0.45 ? own() : chance < 0.85 ? random.pick(names) : spliced(names);
  };
  const given = (locale = latinLocale(random)) =>
    random.chance(POPULAR)
      ? random.pick(popularGivenNames)
      : draw(latinGiven, () => locale.person.firstName());
  const family = (locale = latinLocale(random)) => {
    const plain = draw(latinFamily, () => locale.person.lastName());
    if (random.chance(0.04)) {
      const particle = random.pick(PARTICLES);
      return particle.endsWith("'") || particle.endsWith('c') ? particle + plain : `${particle} ${plain}`;
    }
    return random.chance(0.02) ? `${plain}-${draw(latinFamily, () => locale.person.lastName())}` : plain;
  };
  const initial = () => LETTERS[random.integer(0, LETTERS.length - 1)]!;
  const full = () => {
    const locale = latinLocale(random);
    const [first, last] = [given(locale), family(locale)];
    const form = random.next();
    if (form < 0.66) return `${first} ${last}`;
    if (form < 0.78) return `${first} ${initial()}${random.chance(0.6) ? '.' : ''} ${last}`;
    if (form < 0.84) return `${first} ${given(locale)} ${last}`;
    if (form < 0.88) return `${initial()}. ${last}`;
    if (form < 0.9) return `${initial()}.${random.chance(0.5) ? ' ' : ''}${initial()}. ${last}`;
    if (form < 0.93) return `${last} ${first}`;
    if (form < 0.95) return `${last}, ${first}`;
    if (form < 0.97) return `${first}-${given(locale)} ${last}`;
    if (form < 0.985) return `${first} ${last} ${random.pick(['Jr.', 'Sr.', 'III', 'II', 'MD', 'PhD'])}`;
    return `${first} ${initial()}`;
  };
  return { given, family, full, initial, title: () => random.pick(TITLES) };
}
