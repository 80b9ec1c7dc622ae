import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/package-root.ts';
import type { EvalChunk, Ranker } from './passages.ts';

/** Gives each text its unit vector. */
export type Embed = (texts: string[]) => Promise<Float32Array[]>;

/** Ranks by cosine alone, exactly. */
export async function byMeaning(
  embed: Embed,
  chunks: readonly EvalChunk[],
  questions: string[],
): Promise<Ranker> {
  const vectors = await embed(chunks.map(({ text }) => text));
  const asked = await embed(questions);
  const vectorOf = new Map(questions.map((question, place) => [question, asked[place]!]));
  return async (question) => {
    const vector = vectorOf.get(question)!;
    return chunks
      .map((chunk, place) => ({ chunk, score: product(vector, vectors[place]!) }))
      .sort((a, b) => b.score - a.score)
      .map(({ chunk }) => chunk);
  };
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let place = 0; place < a.length; place += 1) sum += a[place]! * b[place]!;
  return sum;
}

const TRAINING = join(packageRoot, 'training', 'embeddings');
const PYTHON = join(TRAINING, 'cache', 'venv', 'bin', 'python');

/** The sentence-transformer that the static model was distilled from, where `training/embeddings` has installed it. */
export const teacher: Embed | undefined = existsSync(PYTHON) ? embedByTeacher : undefined;

async function embedByTeacher(texts: string[]): Promise<Float32Array[]> {
  const { stdout, status, stderr } = spawnSync(PYTHON, [join(TRAINING, 'teacher.py')], {
    input: JSON.stringify(texts),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`the teacher failed: ${stderr.toString()}`);
  const all = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
  const dimensions = all.length / texts.length;
  return texts.map((_, place) => all.subarray(place * dimensions, (place + 1) * dimensions));
}
