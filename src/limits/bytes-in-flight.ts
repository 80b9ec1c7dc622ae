import { AppError } from '../errors/app-error.ts';

/** Whose bytes they are. */
export type ByteOwner = { tenant: string; caller: string };

/** A part of the bytes that are held at once. */
export type HeldBytes = {
  /** Keeps no more than `bytes` of it. */
  shrinkTo(bytes: number): void;
  giveBack(): void;
};

/** Bounds the bytes of bodies that are in memory at once. */
export type BytesInFlight = {
  /** @throws AppError `unavailable` when there is no room for them now */
  take(owner: ByteOwner, bytes: number): HeldBytes;
};

/** A tenant may hold a half of all, and one of its callers half of that; each in any case the `largest` body. */
const TENANTS_PART = 1 / 2;
const CALLERS_PART = 1 / 4;
const RETRY_AFTER_SECONDS = 2;

export function createBytesInFlight(most: number, largest: number): BytesInFlight {
  const held = new Map<string, number>();
  const add = (name: string, bytes: number): void => {
    const sum = (held.get(name) ?? 0) + bytes;
    if (sum > 0) held.set(name, sum);
    else held.delete(name);
  };
  return {
    take: ({ tenant, caller }, bytes) => {
      const bounds: [name: string, most: number, whose: string][] = [
        ['all', Math.max(most, largest), 'All callers together are'],
        [`tenant ${tenant}`, Math.max(most * TENANTS_PART, largest), 'Your tenant is'],
        [`caller ${caller}`, Math.max(most * CALLERS_PART, largest), 'You are'],
      ];
      for (const [name, bound, whose] of bounds)
        if ((held.get(name) ?? 0) + bytes > bound)
          throw new AppError(
            'unavailable',
            `${whose} sending as much at once as can be taken in: send it again in a moment.`,
            { retryAfterSeconds: RETRY_AFTER_SECONDS },
          );
      let kept = bytes;
      const shrinkTo = (less: number): void => {
        if (less >= kept) return;
        for (const [name] of bounds) add(name, less - kept);
        kept = less;
      };
      for (const [name] of bounds) add(name, bytes);
      return { shrinkTo, giveBack: () => shrinkTo(0) };
    },
  };
}
