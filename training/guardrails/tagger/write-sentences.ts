import { readFileSync } from 'node:fs';
import { allFakers, faker, type Faker } from '@faker-js/faker';
import type { LabelledText } from './labelled-text.ts';
import { cityNames, englishWords, familyNames } from './name-lists.ts';
import { createPeople, latinLocale } from './people.ts';
import { createPlaces } from './places.ts';
import type { Random } from './random.ts';

const PERSON_SLOTS = new Set(['name', 'given', 'family']);
const ADDRESS_SLOTS = new Set(['address', 'street', 'pobox', 'quotedaddress']);
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December', 'Jan', 'Feb', 'Sept', 'Oct', 'Nov', 'Dec']; // prettier-ignore
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const NATIONALITIES = ['American', 'British', 'German', 'French', 'Spanish', 'Italian', 'Dutch', 'Polish', 'Czech', 'Hungarian', 'Danish', 'Swedish', 'Norwegian', 'Finnish', 'Russian', 'Ukrainian', 'Turkish', 'Greek', 'Chinese', 'Japanese', 'Korean', 'Indian', 'Brazilian', 'Mexican', 'Canadian', 'Australian', 'Egyptian', 'Nigerian', 'Kenyan', 'Slovenian', 'Croatian', 'Icelandic', 'Portuguese', 'Vietnamese', 'Thai', 'Israeli', 'Iranian', 'Cambodian', 'Cuban', 'Chilean']; // prettier-ignore
const BRANDS = ['Google', 'Amazon', 'Microsoft', 'Apple', 'Toyota', 'Siemens', 'Vodafone', 'Barclays', 'Santander', 'PayPal', 'Netflix', 'Spotify', 'Walmart', 'Tesco', 'Ikea', 'Lidl', 'Samsung', 'Sony', 'Nokia', 'Ford', 'Boeing', 'Airbus', 'Nestle', 'Adidas', 'Nike', 'Visa', 'Mastercard', 'Stripe', 'Oracle', 'IBM', 'Intel', 'HSBC', 'UBS', 'BMW', 'FedEx', 'DHL', 'UPS', 'eBay', 'Uber']; // prettier-ignore
const ENDINGS = ['Inc', 'Inc.', 'Ltd', 'LLC', 'Group', 'Bank', 'Corporation', 'Corp.', 'Holdings', 'Media', 'Systems', 'Solutions', 'Labs', 'Partners', 'Capital', 'Technologies', 'GmbH', 'AG', 'S.A.', 'Foundation', 'Insurance', 'Airlines', 'Motors', 'Foods', 'Energy', 'Records', 'Pharma', 'Consulting', 'Software', 'Networks', 'and Sons', 'Brothers']; // prettier-ignore

const lines = (name: string) =>
  readFileSync(new URL(`templates/${name}.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll('\\n', '\n'));

/** Sentences made from `templates/`, with people, places and things put into their slots. */
export function createSentenceWriter(random: Random) {
  const people = createPeople(random);
  const places = createPlaces(random);
  const templates = { names: lines('names'), addresses: lines('addresses'), neither: lines('neither') };
  const foreign = lines('foreign').map((line) => line.split('\t') as [keyof typeof allFakers, string]);
  const cities = cityNames.filter((name) => /^[A-Z][a-z]+$/.test(name));
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const word = () => random.pick(englishWords);
  const words = () => Array.from({ length: random.integer(2, 5) }, word).join(' ');
  const titled = () => Array.from({ length: random.integer(1, 4) }, () => capital(word())).join(' ');
  const company = () => {
    const form = random.next();
    if (form < 0.2) return random.pick(BRANDS);
    if (form < 0.45) return faker.company.name();
    if (form < 0.75) return `${titled()} ${random.pick(ENDINGS)}`;
    if (form < 0.85) return capital(word()) + capital(word());
    if (form < 0.93) return `${random.pick(familyNames)} ${random.pick(ENDINGS)}`;
    return `${random.pick(cities)} ${random.pick(ENDINGS)}`;
  };
  const date = () => {
    const month = random.pick(MONTHS);
    const [day, year] = [random.integer(1, 28), random.integer(1930, 2030)];
    return random.pick([
      `${random.integer(1, 12)}/${day}/${year}`,
      `${year}-0${random.integer(1, 9)}-${day}`,
      `${month} ${day}, ${year}`,
      `${day} ${month} ${year}`,
      `${day}.${random.integer(1, 12)}.${year}`,
      `${month} ${year}`,
      `${day}th of ${month}`,
    ]);
  };
  const number = () => String(random.integer(1, random.pick([9, 99, 999, 2030, 99_999, 9_999_999])));
  const fill = (slot: string, locale?: Faker): string => {
    switch (slot) {
      case 'name': return locale ? locale.person.fullName() : people.full();
      case 'given': return locale ? locale.person.firstName() : people.given();
      case 'family': return locale ? locale.person.lastName() : people.family();
      // Part of a company's name: no person.
      case 'family2': return people.family();
      case 'initial': return `${people.initial()}.`;
      case 'title': return people.title();
      case 'address':
        if (locale === undefined) return places.address();
        return `${locale.location.streetAddress()}${random.chance(0.6) ? `, ${locale.location.zipCode()} ${locale.location.city()}` : ''}`;
      case 'quotedaddress': return places.address().replaceAll('\n', '\n> ');
      case 'street': return places.street();
      case 'pobox': return places.box();
      case 'city': return locale ? locale.location.city() : places.city();
      case 'country': return places.country();
      case 'company': return company();
      case 'product': return random.chance(0.5) ? faker.commerce.productName() : `${titled()} ${random.pick(['Pro', 'X', 'Plus', 'Mini', '2', 'SDK', 'Max', 'Air'])}`;
      case 'date': return date();
      case 'month': return random.pick(MONTHS);
      case 'day': return random.pick(DAYS);
      case 'time': return random.pick([`${random.integer(0, 23)}:${random.integer(10, 59)}`, `${random.integer(1, 12)}${random.pick(['am', 'pm', ' pm', " o'clock"])}`]);
      case 'phone': return (locale ?? (random.chance(0.5) ? faker : latinLocale(random))).phone.number();
      case 'email': return faker.internet.email();
      case 'url': return random.pick([faker.internet.url(), `www.${faker.internet.domainName()}`, `http://t.co/${faker.string.alphanumeric(8)}`]);
      case 'handle': return faker.internet.username();
      case 'n': return number();
      case 'age': return String(random.integer(1, 99));
      case 'amount': return random.pick([`$${number()}`, `${number()} euros`, `£${number()}.99`, `${number()} USD`, `EUR ${number()}`]);
      case 'job': return random.chance(0.5) ? faker.person.jobTitle() : word();
      case 'nationality': return random.pick(NATIONALITIES);
      case 'iban': return faker.finance.iban();
      case 'card': return faker.finance.creditCardNumber();
      case 'code': return faker.string.alphanumeric(random.integer(4, 16));
      case 'work': return random.pick([titled, titled, () => `The ${titled()}`, () => `${titled()} of ${titled()}`, () => capital(words())])();
      case 'word': return word();
      case 'words': return words();
      case 'Words': return titled();
      default: return `{${slot}}`;
    }
  }; // prettier-ignore
  const write = (template: string, locale?: Faker): LabelledText => {
    let text = '';
    const spans: LabelledText['spans'] = [];
    for (const piece of template.split(/(\{\w+\})/)) {
      const slot = piece.startsWith('{') && piece.endsWith('}') ? piece.slice(1, -1) : undefined;
      const value = slot === undefined ? piece : fill(slot, locale);
      const span = { start: text.length, end: text.length + value.length };
      if (slot !== undefined && PERSON_SLOTS.has(slot)) spans.push({ ...span, type: 'PERSON' });
      if (slot !== undefined && ADDRESS_SLOTS.has(slot)) spans.push({ ...span, type: 'ADDRESS' });
      text += value;
    }
    return { text, spans, weight: 1 };
  };
  return (): LabelledText => {
    const kind = random.next();
    if (kind < 0.06) {
      const [locale, template] = random.pick(foreign);
      return write(template, allFakers[locale]);
    }
    return write(
      random.pick(kind < 0.48 ? templates.names : kind < 0.68 ? templates.addresses : templates.neither),
    );
  };
}
