// Fits models/evidence.json: `npm run train:evidence -- ../shared/data/retrieval`. Deterministic; a few minutes.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDataset } from '../../bench/eval/dataset.ts';
import { mean } from '../../bench/eval/metrics.ts';
import { ingestCorpus, openApplication } from '../../bench/eval/open-application.ts';
import { packageRoot } from '../../src/config/package-root.ts';
import { sentenceEvidence, type EvidenceFeatures } from '../../src/evidence/rank-sentences.ts';
import {
  answerFeatures,
  logistic,
  weighted,
  type AnswerFeatures,
  type EvidenceModel,
} from '../../src/evidence/weigh-evidence.ts';
import { fitListwise, fitLogistic } from './regression.ts';

/** A question with its candidate sentences; `right` says which of them hold an answer. */
type Example = {
  id: string;
  answerable: boolean;
  sentences: { features: EvidenceFeatures; right: boolean }[];
};

const folder = process.argv[2] ?? '../shared/data/retrieval';
const print = (line: string) => process.stdout.write(`${line}\n`);

const examples = await collect();
const halves = [0, 1].map((half) =>
  examples.filter(({ id }) => createHash('sha256').update(id).digest()[0]! % 2 === half),
);
report(fit(halves[0]!), halves[1]!);
const model = fit(examples);
writeFileSync(join(packageRoot, 'models', 'evidence.json'), `${JSON.stringify(rounded(model), null, 2)}\n`);

/**
 * SQuAD's questions on their paragraphs, answerable or only seemingly so, and the questions of the other two sets on the
 * same paragraphs: those are plainly off the subject.
 */
async function collect(): Promise<Example[]> {
  const application = await openApplication();
  const tenant = 'evidence';
  const { corpus, queries } = readDataset(folder, 'squad2');
  const strangers = ['cisi', 'chunking_eval'].flatMap((name) => readDataset(folder, name).queries);
  try {
    await ingestCorpus(application, tenant, corpus);
    const found: Example[] = [];
    for (const { id, text, answers = [], answerable = false } of [...queries, ...strangers]) {
      const { chunks, terms, languages } = await application.retrieve(
        { tenant, groups: [] },
        { text, topK: 5 },
      );
      const passages = chunks.map((chunk, place) => ({ ...chunk, index: place + 1 }));
      const sentences = sentenceEvidence({ question: text, terms, languages }, passages).map((one) => ({
        features: one.features,
        right: answerable && answers.some((answer) => one.text.includes(answer)),
      }));
      found.push({ id, answerable, sentences });
    }
    return found;
  } finally {
    await application.close();
  }
}

function fit(some: Example[]): EvidenceModel {
  const sentence = fitListwise(some.map(({ sentences }) => sentences)) as EvidenceModel['sentence'];
  const answers = some.flatMap((example) => best(example, sentence) ?? []);
  return { sentence, answer: fitLogistic(answers) as EvidenceModel['answer'] };
}

function best(
  { sentences }: Example,
  weights: EvidenceModel['sentence'],
): { features: AnswerFeatures; right: boolean } | undefined {
  const ranked = sentences
    .map((one) => ({ ...one, score: weighted(weights, one.features) }))
    .sort((a, b) => b.score - a.score);
  const features = answerFeatures(ranked);
  return features && { features, right: ranked[0]!.right };
}

function report({ sentence, answer }: EvidenceModel, held: Example[]): void {
  const judged = held.flatMap((example) => {
    const top = best(example, sentence);
    return top
      ? [
          {
            ...example,
            right: top.right,
            probability: logistic(answer.bias + weighted(answer.weights, top.features)),
          },
        ]
      : [];
  });
  const answerable = judged.filter((one) => one.answerable);
  print(
    `fitted on one half, measured on the other (${judged.length} questions, ${answerable.length} answerable)`,
  );
  print(
    `best sentence right, of the answerable: ${mean(answerable.map(({ right }) => Number(right))).toFixed(4)}`,
  );
  for (const threshold of [0.05, 0.1, 0.15, 0.2, 0.3]) {
    const refused = (some: typeof judged) =>
      mean(some.map(({ probability }) => Number(probability < threshold))).toFixed(3);
    const seeming = judged.filter(({ answerable: can, id }) => !can && id.length === 25);
    const foreign = judged.filter(({ answerable: can, id }) => !can && id.length !== 25);
    print(
      `below ${threshold}: of the answerable ${refused(answerable)}, seemingly answerable ${refused(seeming)}, off the subject ${refused(foreign)}`,
    );
  }
}

function rounded(value: EvidenceModel): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, entry: unknown) =>
      typeof entry === 'number' ? Number(entry.toFixed(4)) : entry,
    ),
  );
}
