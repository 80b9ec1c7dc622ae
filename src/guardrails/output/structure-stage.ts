import { z } from 'zod';
import { OutputBlocked } from './output-blocked.ts';
import type { Stage } from './stage.ts';

export type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/**
 * Holds an answer that must be JSON until it is whole, lets `check` go over each of its strings as it reads (not as it is
 * escaped) and then over the whole, and gives it out in one piece where it fits the schema.
 *
 * @param createCheck a fresh chain of the other stages
 * @throws OutputBlocked `structure` for what is no JSON or does not fit, and what `check` throws
 */
export function createStructureStage(schema: JsonSchema, createCheck: () => Stage): Stage {
  const validator = z.fromJSONSchema(schema);
  const checked = (text: string) => {
    const check = createCheck();
    return check.push(text) + check.end();
  };
  let held = '';
  return {
    push: (piece) => {
      held += piece;
      return '';
    },
    end: () => {
      const answer = fitting(() => parseStrings(held, checked));
      // Names say what a value is: a date beside "born" is only found in the whole.
      const text = checked(answer);
      fitting(() => validator.parse(JSON.parse(text)));
      return text;
    },
  };
}

/** JSON in its shortest form, each string and name of it replaced. */
function parseStrings(text: string, replace: (value: string) => string): string {
  return JSON.stringify(
    JSON.parse(text, (_, value: unknown) => {
      if (typeof value === 'string') return replace(value);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [replace(name), inner as unknown]),
      );
    }),
  );
}

/** @throws OutputBlocked `structure` for every other failure */
function fitting<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw error instanceof OutputBlocked ? error : new OutputBlocked('structure');
  }
}
