import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what tests look into, and no more than that
type Fields = Record<string, any>;

export type Manifest = Fields & { apiVersion: string; kind: string; metadata: Fields };

const FOLDER = join(import.meta.dirname, '..', '..', 'deploy', 'kubernetes');

/** The manifests of deploy/kubernetes by file. */
export const readManifests = (): Record<string, Manifest> =>
  Object.fromEntries(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => [file, parse(readFileSync(join(FOLDER, file), 'utf8')) as Manifest]),
  );

type Watched = { value: unknown; unasked: () => string[] };

/** The same object, which remembers what it was asked for. */
const watched = (target: unknown, path: string): Watched => {
  if (typeof target !== 'object' || target === null) return { value: target, unasked: () => [] };
  const asked = new Set<PropertyKey>();
  const parts = new Map<PropertyKey, Watched>();
  const value = new Proxy(target, {
    get: (of, name) => {
      asked.add(name);
      if (!parts.has(name)) parts.set(name, watched(Reflect.get(of, name), `${path}/${String(name)}`));
      return parts.get(name)!.value;
    },
    ownKeys: (of) => {
      for (const name of Reflect.ownKeys(of)) asked.add(name);
      return Reflect.ownKeys(of);
    },
  });
  const unasked = () => [
    ...Object.keys(target)
      .filter((name) => !asked.has(name))
      .map((name) => `${path}/${name} is unknown`),
    ...[...parts.values()].flatMap((part) => part.unasked()),
  ];
  return { value, unasked };
};

/**
 * What Kubernetes would not accept in a manifest. Its published schemas let unknown fields pass, and a misspelt limit with them;
 * but a validator asks for each field that it knows, so whatever it never asked for is one that it does not.
 */
export const faultsIn = async (manifest: Manifest): Promise<string[]> => {
  const models = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Record<
    string,
    { prototype: { validate: () => void } } | undefined
  >;
  const model = models[manifest.kind];
  if (!model) return [`no such kind: ${manifest.apiVersion} ${manifest.kind}`];
  const { value, unasked } = watched(manifest, '');
  try {
    model.prototype.validate.call(value);
  } catch (error) {
    return [(error as Error).message];
  }
  return unasked();
};
