import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.ts';
import { createEncoder, type Encoder } from './encoder.ts';
import { loadStaticModel } from './static-model.ts';

export type OpenStaticModel = { version: string; dimensions: number; encode: Encoder };

let shipped: OpenStaticModel | undefined;

/** The model that comes with Sallyport, read once in a process: retrieval and the guardrails share its 16 MB. */
export function shippedModel(): OpenStaticModel {
  return (shipped ??= openStaticModel(join(packageRoot, 'models', 'static')));
}

/**
 * A model's encoder.
 *
 * @throws SettingsError as `loadStaticModel` does
 */
export function openStaticModel(folder: string): OpenStaticModel {
  const model = loadStaticModel(folder);
  return { version: model.version, dimensions: model.dimensions, encode: createEncoder(model) };
}
