import type { Principal } from './principal.ts';

/** `until`: no token for the key may be good for longer; `generation`: which of its secrets this is, by number. */
export type KnownKey = { principal: Principal; generation: number; until?: Date };

/** Keys that open, from wherever they are known. Undefined for one that is not there, has expired or was revoked. */
export type KnownKeys = {
  /** Who sends this key. */
  identify(key: string): Promise<KnownKey | undefined>;
  /** Whose the key with this public id is, for a token that was issued for its secret of this generation. */
  find(id: string, generation: number): Promise<KnownKey | undefined>;
};

/** Several sources as one; the first that knows a key decides. */
export function firstToKnow(sources: readonly KnownKeys[]): KnownKeys {
  const ask = async (question: (source: KnownKeys) => Promise<KnownKey | undefined>) => {
    for (const source of sources) {
      const known = await question(source);
      if (known) return known;
    }
    return undefined;
  };
  return {
    identify: (key) => ask((source) => source.identify(key)),
    find: (id, generation) => ask((source) => source.find(id, generation)),
  };
}
