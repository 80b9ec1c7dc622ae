import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.ts';
import type { ClassifierModel } from '../../../src/guardrails/classifier/classifier-model.ts';
import { safetensors } from './safetensors.ts';

/** Writes `models/guardrails/NAME.json` and `NAME.safetensors`, as `readClassifierModel` reads them. */
export function writeClassifierModel(name: string, { labels, hidden, ...tensors }: ClassifierModel): void {
  const weights = safetensors(tensors);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const path = (extension: string) => join(packageRoot, 'models', 'guardrails', `${name}.${extension}`);
  writeFileSync(path('safetensors'), weights);
  writeFileSync(path('json'), `${JSON.stringify({ labels, hidden, sha256 }, null, 2)}\n`);
}
