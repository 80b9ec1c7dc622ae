// Makes models/guardrails/topics.json: `node training/guardrails/topics/fit.ts ../shared/data`. Deterministic; half a minute.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../bench/random.ts';
import { packageRoot } from '../../../src/config/package-root.ts';
import { shippedModel } from '../../../src/embedders/static/open-static-model.ts';
import type { TopicModel, TopicWeights } from '../../../src/guardrails/topics/topic-bank.ts';
import { fitLogistic } from '../../evidence/regression.ts';
import { createTasks } from './tasks.ts';
import { isHeldBack, makeSubjects, readRequests } from './subjects.ts';

const folder = process.argv[2] ?? '../shared/data';
const taught = (name: 'clinc150' | 'banking77') =>
  readRequests(folder, name).filter((request) => !isHeldBack(request));

const clinc = taught('clinc150');
const subjects = makeSubjects(clinc, taught('banking77'));
const { bias, weights } = fitLogistic(createTasks({ clinc, subjects, random: seededRandom(1) }));
const model: TopicModel = {
  embedder: shippedModel().version,
  weights: rounded({ bias, evidence: weights.evidence!, prior: weights.prior! }),
  subjects: subjects.map(({ names, source, courtesy, centre }) => ({
    names,
    source,
    ...(courtesy && { courtesy }),
    centre,
  })),
};
const head = JSON.stringify({ ...model, subjects: undefined }).slice(0, -1);
const lines = model.subjects.map((subject) => JSON.stringify(subject)).join(',\n');
writeFileSync(
  join(packageRoot, 'models', 'guardrails', 'topics.json'),
  `${head},"subjects":[\n${lines}\n]}\n`,
);
process.stdout.write(`${subjects.length} subjects, ${JSON.stringify(model.weights)}\n`);

function rounded(some: TopicWeights): TopicWeights {
  return JSON.parse(JSON.stringify(some), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(4)) : value,
  ) as TopicWeights;
}
