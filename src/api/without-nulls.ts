import { z } from 'zod';

/** Without the fields that are null although the schema knows no null there, and could do without them: those count as left out. */
export function withoutNulls(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodPipe) return withoutNulls(schema.in, value);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return withoutNulls(schema.unwrap(), value);
  if (schema instanceof z.ZodUnion)
    return schema.options.reduce<unknown>((rest, option) => withoutNulls(option, rest), value);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.map((one) => withoutNulls(schema.element, one));
  if (!(schema instanceof z.ZodObject) || !isObject(value)) return value;
  const { shape } = schema as z.ZodObject<Record<string, z.ZodType>>;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (!field) return [[name, member]];
      return member === null && isOmissible(field) ? [] : [[name, withoutNulls(field, member)]];
    }),
  );
}

function isOmissible(field: z.ZodType): boolean {
  return field.safeParse(undefined).success && !field.safeParse(null).success;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
