/**
 * `npm run bench:guardrails -- [FOLDER] [--errors]`: what the guardrails cost a question, and what the output gate holds
 * back of an answer; printed, and kept in bench/GUARDRAILS.md. `--errors` lists what leaked.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ContentFilter } from '../src/guardrails/content/content-filter.ts';
import { createInjectionDetector } from '../src/guardrails/injection/injection-detector.ts';
import { PiiDetector } from '../src/guardrails/pii/pii-detector.ts';
import { guardText } from '../src/guardrails/text/guarded-text.ts';
import { TopicRestrictor } from '../src/guardrails/topics/topic-restrictor.ts';
import { measureGate } from './guardrails/gate-streams.ts';
import { measureQuestions } from './guardrails/question-cost.ts';
import { report } from './guardrails/report.ts';
import { inLengths, readTexts } from './guardrails/texts.ts';
import { machine } from './machine.ts';

const QUESTION_LENGTH = 200;
const QUESTIONS = 5_000;
const ANSWERS = [
  'pii/presidio_synth_v2.jsonl',
  'pii/presidio_generated_large.jsonl',
  'pii/presidio_test_vectors.jsonl',
  'pii/wnut17_person.jsonl',
  'pii/negatives.jsonl',
  'retrieval/squad2.corpus.jsonl',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { errors: { type: 'boolean', default: false } },
});
const folder = positionals[0] ?? '../shared/data';

const pii = new PiiDetector();
const content = new ContentFilter();
const injection = createInjectionDetector();
const topics = new TopicRestrictor({
  allowedTopics: ['billing', 'delivery'],
  blockedTopics: ['medical diagnosis'],
});
const scan = (text: string) => pii.scan(text);

const asked = readTexts(folder, [
  'topics/banking77.jsonl',
  'topics/clinc150.jsonl',
  'retrieval/squad2.queries.jsonl',
  'pii/presidio_synth_v2.jsonl',
]).flatMap(({ texts }) => inLengths(texts, QUESTION_LENGTH, QUESTIONS / 4));
const costs = measureQuestions(asked, guardText, [
  { name: 'normalise, cut into words', run: (text) => text.tokens },
  { name: 'embed', run: (text) => text.embedding },
  { name: 'personal data', run: (text) => pii.scan(text) },
  { name: 'content', run: (text) => content.judge(text) },
  { name: 'topics', run: (text) => topics.judge(text) },
  { name: 'injection', run: (text) => injection.check(text, 'input') },
]);

const phrases = {
  secrets: ['sp_canary_5d41402abc4b'],
  bannedPhrases: ['as an AI language model', 'Project Bluebird'],
};
const sets = readTexts(folder, ANSWERS);
const gates = [
  {
    title: 'Personal data, secrets and phrases',
    measures: sets.map((set) => measureGate(set, scan, phrases)),
  },
  {
    title: 'The content of each sentence, too',
    measures: sets.slice(-1).map((set) =>
      measureGate(set, scan, {
        ...phrases,
        content: (text) => ({ ...content.judge(text), blocked: false }),
      }),
    ),
  },
];
const text = report({ machine: machine(), questions: asked.length, costs, gates });
process.stdout.write(text);
if (values.errors)
  for (const { name, leaks } of gates[0]!.measures)
    for (const { type, value } of leaks) process.stdout.write(`${name}: ${type} ${JSON.stringify(value)}\n`);
writeFileSync(join(import.meta.dirname, 'GUARDRAILS.md'), text);
