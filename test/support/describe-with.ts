import { describe } from '@jest/globals';

/** Tests that need a service: they get its address from this variable, or are skipped and say why. */
export const describeWith = (variable: string, title: string, tests: (address: string) => void): void => {
  const address = process.env[variable];
  if (address) describe(title, () => tests(address));
  else describe.skip(`${title}: left out, ${variable} is not set`, () => tests(''));
};
