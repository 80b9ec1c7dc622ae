/** Luhn's check (ISO/IEC 7812-1): from the right every second digit doubled, the sum of all digits divisible by ten. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = place % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The check of an ABA routing number: weights 3, 7, 1, divisible by ten; the first two digits name a district. */
export function isAbaRouting(digits: string): boolean {
  if (!/^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}$/.test(digits)) return false;
  const weights = [3, 7, 1];
  const sum = Array.from(digits, Number).reduce(
    (total, digit, place) => total + digit * weights[place % 3]!,
    0,
  );
  return sum % 10 === 0;
}

/** The check digit of a machine readable document number (ICAO 9303): weights 7, 3, 1 over digits and letters (A is 10). */
export function hasIcaoCheckDigit(number: string): boolean {
  const weights = [7, 3, 1];
  const sum = Array.from(number.slice(0, -1), (character) => Number.parseInt(character, 36)).reduce(
    (total, value, place) => total + value * weights[place % 3]!,
    0,
  );
  return String(sum % 10) === number.at(-1);
}
