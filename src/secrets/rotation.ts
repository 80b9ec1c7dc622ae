import type { Secret } from '../config/secret.ts';
import type { Settings } from '../config/schema.ts';

/** The settings that are secrets: all of them are rotated. */
export const SECRET_NAMES = [
  'API_KEYS',
  'ADMIN_API_KEYS',
  'API_KEY_PEPPER',
  'API_KEY_PEPPER_PREVIOUS',
  'AUDIT_SIGNING_KEY',
  'DATABASE_URL',
  'JWT_SECRET',
  'JWT_SECRET_PREVIOUS',
  'OPENAI_API_KEY',
  'REDIS_URL',
] as const satisfies readonly (keyof Settings)[];
export type SecretName = (typeof SECRET_NAMES)[number];

/** New values, tried and found good. */
export type Prepared = {
  /** Puts them to use; what is under way goes on with the old ones. It cannot fail. */
  commit(): void;
  /** Lets go of them. */
  abandon(): void;
};

/** What holds on to a secret for longer than one use, and has to be told of another. */
export type Rotating = {
  setting: SecretName;
  /** Tries the new value; @throws Error where it is no good, and nothing has changed */
  prepare(next: Settings): Promise<Prepared>;
};

export type ReloadCause = 'timer' | 'signal' | 'request';
/** `rotated`: those that changed; none, where there is an `error`. */
export type Reload = { cause: ReloadCause; rotated: SecretName[]; error?: unknown };

export type RotationOptions = {
  settings: Settings;
  /** Reads all settings anew, from where they were read at start. */
  read: () => Promise<Settings>;
  rotating: readonly Rotating[];
  /** How long a value is still accepted after it was replaced, where two can be. */
  overlapMs: number;
  everyMs: number | undefined;
  /** Told of each reload, but not of a timer's that found nothing new. */
  onReload: (reload: Reload) => void;
};

export type Rotation = {
  /**
   * Reads the secrets anew and puts all that changed to use, or none. One reload at a time; whoever asks meanwhile has the next.
   *
   * @returns the names of those that changed
   * @throws Error, after `onReload` was told; the old values are in use
   */
  reload(cause: ReloadCause): Promise<SecretName[]>;
  close(): Promise<void>;
};

/** Rotates the secrets of `settings` in place. */
export function createRotation(options: RotationOptions): Rotation {
  const { onReload, everyMs } = options;
  let last: Promise<unknown> = Promise.resolve();

  const reload = (cause: ReloadCause) => {
    const turn = last.then(async () => {
      try {
        const rotated = await rotate(options);
        if (rotated.length > 0 || cause !== 'timer') onReload({ cause, rotated });
        return rotated;
      } catch (error) {
        onReload({ cause, rotated: [], error });
        throw error;
      }
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  const timer =
    everyMs === undefined
      ? undefined
      : setInterval(() => void reload('timer').catch(() => undefined), everyMs).unref();
  return {
    reload,
    close: async () => {
      clearInterval(timer);
      await last;
    },
  };
}

async function rotate({ settings, read, rotating, overlapMs }: RotationOptions): Promise<SecretName[]> {
  const next = await read();
  const changed = SECRET_NAMES.filter((name) => !settings[name].isSameAs(next[name]));
  const prepared: Prepared[] = [];
  try {
    for (const one of rotating) if (changed.includes(one.setting)) prepared.push(await one.prepare(next));
  } catch (error) {
    for (const one of prepared) one.abandon();
    throw error;
  }
  for (const name of changed) (settings[name] as Secret<unknown>).replace(next[name].reveal(), overlapMs);
  for (const one of prepared) one.commit();
  return changed;
}
