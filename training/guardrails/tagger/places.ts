import { cityNames, familyNames, givenNames, streetNames } from './name-lists.ts';
import { latinLocale } from './people.ts';
import type { Random } from './random.ts';

const LATIN = /^[\p{Script=Latin}\p{M}' .-]+$/u;
const cities = cityNames.filter((name) => LATIN.test(name));
const streets = streetNames.filter((name) => LATIN.test(name) && name.length > 6);
const owners = [...givenNames, ...familyNames].filter((name) => LATIN.test(name));
const list = (words: string) => words.split(' ');
const SUFFIXES = list('Street Street St St. Avenue Avenue Ave Ave. Road Road Rd Rd. Lane Ln Drive Dr Dr. Court Ct Boulevard Blvd Way Place Pl Square Terrace Close Crescent Gardens Grove Hill Row Parkway Pkwy Highway Trail Walk Mews Alley Circle Crossing Path Quay Rise View Bridge Wharf Gate Park Green Heights Meadows Ridge Loop Plaza Esplanade Parade Fort Courts Mall Pass Landing Coves Isle Shore Springs Station'); // prettier-ignore
const NATURE = list('Main High Church Park Oak Pine Maple Cedar Elm Washington Lake Hill Mill River Spring North South East West Center Union Market Station School King Queen Victoria Green Bridge Forest Sunset Highland Broad Walnut Chestnut Franklin Court Water Cherry Garden Ridge Valley Meadow Rose Willow Birch Bay Ocean Beach Castle Manor Windsor Albert York Grove Orchard'); // prettier-ignore
const BEFORE = ['Rue', 'Rue de', 'Rue du', 'Avenue', 'Avenue de', 'Boulevard', 'Place', 'Chemin', 'Quai', 'Calle', 'Calle de', 'Avenida', 'Avda.', 'Plaza', 'Paseo', 'Carrer', 'Rúa', 'Via', 'Viale', 'Piazza', 'Corso', 'Rua', 'Travessa', 'Largo', 'ul.', 'Ulica', 'al.', 'Str.', 'Strada', 'Jalan', 'Jl.', 'Jln', 'Bulevar', 'Ulitsa', 'Leoforos', 'Camino', 'Urb.', 'C/', 'Cami', 'Rambla', 'Strada', 'Vicolo', 'Am', 'An der', 'Im', 'Zum', 'Auf der', 'Vir']; // prettier-ignore
const AFTER = ['utca', 'út', 'tér', 'u.', 'körút', 'sétány', 'krt.', 'köz', 'straat', 'laan', 'weg', 'plein', 'strasse', 'straße', 'str.', 'gasse', 'platz', 'allee', 'ring', 'damm', 'ufer', 'vej', 'gade', 'gata', 'gatan', 'vägen', 'väg', 'gränd', 'veien', 'vegen', 'gate', 'katu', 'tie', 'kuja', 'polku', 'ulice', 'náměstí', 'třída', 'ulica', 'cesta', 'trg', 'Sokak', 'Caddesi', 'Mahallesi', 'Marg', 'Nagar', 'iela', 'gatvė', 'stræti', 'alle', 'vænget', 'terrasse', 'bakken', 'terasz', 'kade', 'dijk', 'hof', 'steig', 'promenade', 'allé', 'stien', 'torg', 'ul.', 'tn', 'pst', 'mnt', 'bulvarı', 'gt', 'gt.', 'vn.', 'kapu', 'dűlő', 'fasor', 'stigen', 'backe', 'lia', 'haugen']; // prettier-ignore
const STATES = list('AL AK AZ CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC TN TX UT VA WA WI WY QC ON BC AB NSW VIC QLD TAS GU PR nan'); // prettier-ignore
const UNITS = ['Apt.', 'Apt', 'Suite', 'Ste', 'Unit', 'Flat', 'Apartment', '#', 'No.', 'Room', 'Floor', 'Building', 'Bldg', 'App.', 'Wohnung', 'Piso', 'lok.', 'Apto', 'Office', 'P.O. Box']; // prettier-ignore

/** Streets, cities and whole addresses in the forms of many countries, on one line or several. */
export function createPlaces(random: Random) {
  const city = () => {
    const chance = random.next();
    if (chance < 0.15) return latinLocale(random).location.city();
    const name = random.pick(cities);
    return random.chance(0.12) ? name.toUpperCase() : name;
  };
  const country = () => latinLocale(random).location.country();
  const owner = () => (random.chance(0.4) ? random.pick(NATURE) : random.chance(0.6) ? random.pick(owners) : random.pick(cities)); // prettier-ignore
  const ordinal = () => {
    const number = random.integer(1, 99);
    return `${number}${number % 10 === 1 ? 'st' : number % 10 === 2 ? 'nd' : number % 10 === 3 ? 'rd' : 'th'}`;
  };
  /** Past `most` 0.85 also names that only a number shows to be a street's. */
  const street = (most = 0.85): string => {
    const form = random.next() * most;
    if (form < 0.38) {
      const direction = random.chance(0.08) ? `${random.pick(['N', 'S', 'E', 'W', 'North', 'South', 'E.', 'SW', 'NE'])} ` : ''; // prettier-ignore
      return `${direction}${random.chance(0.12) ? ordinal() : owner()} ${random.pick(SUFFIXES)}`;
    }
    if (form < 0.53) return `${random.pick(BEFORE)} ${owner()}`;
    if (form < 0.61) return `${owner()} ${random.pick(AFTER)}`;
    if (form < 0.72) return `${owner().replace(/s$/, '')}${random.chance(0.2) ? 's' : ''}${random.pick(AFTER).replace('.', '')}`; // prettier-ignore
    if (form < 0.86) return latinLocale(random).location.street();
    if (form < 0.92) return random.pick(streets);
    return `${owner()}${random.chance(0.3) ? ` ${owner()}` : ''}`;
  };
  const number = () => {
    const plain = String(random.integer(1, random.pick([9, 99, 99, 999, 9999])));
    const form = random.next();
    if (form < 0.04) return `${plain}${random.pick(['a', 'b', 'A', 'B', 'bis', '/2', '-4', '.'])}`;
    return form < 0.07 ? `${random.integer(1, 60)}/${plain}` : plain;
  };
  const postcode = () => {
    const form = random.next();
    if (form < 0.4) return String(random.integer(10_000, 99_999));
    if (form < 0.5) return String(random.integer(1000, 9999));
    if (form < 0.55) return String(random.integer(0, 99_999)).padStart(5, '0');
    return latinLocale(random).location.zipCode();
  };
  const house = () => {
    const form = random.next();
    const line =
      form < 0.45
        ? `${number()} ${street(1)}`
        : form < 0.9
          ? `${street(1)} ${number()}`
          : `${street(1)}, ${number()}`;
    return random.chance(0.15) ? `${random.integer(1, 99_999)} ${line}` : line;
  };
  const unit = () => `${random.pick(UNITS)} ${random.chance(0.2) ? `${random.integer(1, 30)}${random.pick(['A', 'B', 'C'])}` : String(random.integer(1, 999)).padStart(random.integer(1, 3), '0')}`.replace('# ', '#'); // prettier-ignore
  const box = () =>
    random.pick([
      () => `PSC ${random.integer(1, 9999)}, Box ${random.integer(1, 9999)}\nAPO ${random.pick(['AP', 'AE', 'AA'])} ${postcode()}`,
      () => `Unit ${random.integer(1, 9999)} Box ${random.integer(1, 9999)}\nDPO ${random.pick(['AP', 'AE', 'AA'])} ${postcode()}`,
      () => `USS ${random.pick(owners)}\nFPO ${random.pick(['AP', 'AE', 'AA'])} ${postcode()}`,
      () => `USNV ${random.pick(owners)}\nFPO ${random.pick(['AP', 'AE'])} ${postcode()}`,
      () => `P.O. Box ${random.integer(1, 9999)}, ${city()}`,
      () => `PO Box ${random.integer(1, 9999)}\n${city()}, ${random.pick(STATES)} ${postcode()}`,
      () => `Postfach ${random.integer(10, 9999)}, ${postcode()} ${city()}`,
      () => `Postboks ${random.integer(10, 9999)}`,
    ])(); // prettier-ignore
  const foreign = () =>
    random.pick([
      () => `${random.integer(1, 9)}-${random.integer(1, 30)}-${random.integer(1, 20)} ${city()}, ${city()}-ku, Tokyo ${random.integer(100, 999)}-${random.integer(1000, 9999)}`,
      () => `Flat ${random.integer(1, 99)}, ${owner()} Apartments, ${owner()} Nagar, ${random.pick(['Mumbai', 'Bengaluru', 'Chennai', 'Delhi', 'Pune'])} ${random.integer(110_001, 700_000)}`,
      () => `No. ${random.integer(1, 999)}, ${owner()} Road, ${city()} District, ${random.pick(['Shanghai', 'Beijing', 'Shenzhen', 'Taipei'])}`,
      () => `${random.integer(1, 99)} ${owner()}-ro, ${owner()}-gu, Seoul`,
      () => `Flat ${random.integer(1, 20)}, ${house()}, ${city()} ${random.pick(['LS', 'SW', 'M', 'B', 'EH', 'CF'])}${random.integer(1, 20)} ${random.integer(1, 9)}${random.pick(['AB', 'DY', 'QT', 'XN'])}`,
      () => `ulitsa ${owner()}, d. ${number()}, kv. ${random.integer(1, 200)}, ${city()}`,
    ])(); // prettier-ignore
  const address = (): string => {
    const form = random.next();
    if (form < 0.07) return box();
    if (form < 0.12) return foreign();
    if (form < 0.17) return `${random.chance(0.7) ? 'the corner of ' : ''}${street()}${random.chance(0.3) ? ` ${number()}` : ''} and ${street()}`; // prettier-ignore
    const gap = random.pick([', ', ', ', ', ', '\n', '\n', '\n ', ' ', ',\n']);
    const first = house();
    const within = random.next();
    const parts =
      within < 0.65
        ? [first]
        : within < 0.83
          ? [`${first} ${unit()}`]
          : within < 0.95
            ? [first, unit()]
            : [unit(), first];
    if (!random.chance(0.28)) {
      const place = random.next();
      if (place < 0.3) parts.push(`${city()}, ${random.pick(STATES)} ${postcode()}`);
      else if (place < 0.55) parts.push(`${postcode()} ${city()}`);
      else if (place < 0.8) parts.push(city());
      else parts.push(`${city()} ${postcode()}`);
      if (random.chance(0.25)) parts.push(random.chance(0.5) ? country() : `${country()} ${postcode()}`);
    }
    return parts.join(gap);
  };
  return { city, country, street, address, box };
}
