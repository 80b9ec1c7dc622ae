import { readFileSync } from 'node:fs';
import { allLocales } from '@faker-js/faker';

const list = (name: string) =>
  readFileSync(new URL(`lists/${name}.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');

/** Faker's names of all locales, and those of `lists/` (its README has where they come from). */
export const givenNames = unique([
  ...Object.values(allLocales).flatMap(({ person }) => strings(person?.first_name)),
  ...list('given-names'),
]);
export const familyNames = unique([
  ...Object.values(allLocales).flatMap(({ person }) => strings(person?.last_name)),
  ...list('family-names'),
]);
export const cityNames = unique(
  Object.values(allLocales).flatMap(({ location }) => [
    ...strings(location?.city_name),
    ...strings(location?.country),
    ...strings(location?.state),
  ]),
);
export const streetNames = unique(
  Object.values(allLocales).flatMap(({ location }) => [
    ...strings(location?.street_suffix),
    ...strings(location?.street_name),
  ]),
);
/** Given names that are common enough to be names even where they are words too. */
export const popularGivenNames = list('popular-given-names');
/** English words that are written small. */
export const englishWords = list('words');

function strings(value: unknown): string[] {
  if (typeof value === 'string') return /[#{]/.test(value) ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
