import { courtesyTopic, describeTopic } from '../../../src/guardrails/topics/describe-topic.ts';
import {
  createTopicBank,
  embedPhrase,
  readTopicModel,
  type TopicBank,
} from '../../../src/guardrails/topics/topic-bank.ts';
import {
  nearness,
  topicProbability,
  topicSet,
  weighTopics,
} from '../../../src/guardrails/topics/weigh-topics.ts';
import { BLOCK_THRESHOLD, THRESHOLD } from '../../../src/guardrails/topics/topic-restrictor.ts';
import { COURTESIES } from '../../../training/guardrails/topics/assistant-domains.ts';
import {
  forget,
  isHeldBack,
  OUT_OF_SCOPE,
  readRequests,
  type Request,
} from '../../../training/guardrails/topics/subjects.ts';
import { mean } from '../metrics.ts';
import { row } from '../../table.ts';
import { DOMAIN_DESCRIPTIONS as DESCRIPTIONS } from './domain-descriptions.ts';
import { rankingArea } from './ranking-area.ts';

const DOMAINS = Object.keys(DESCRIPTIONS);
const BLOCKED = ['medical diagnosis', 'legal advice', 'financial advice'];
const EXAMPLES_PER_INTENT = 3;
const BINS = 10;

type Row = Request & { near: Float64Array; vector: Float32Array };
type Score = (rows: readonly Row[], topics: readonly string[], options?: ScoreOptions) => number[];
type ScoreOptions = { isBlockList?: boolean; examples?: Record<string, string[]> };

/** Topics over CLINC150 and Banking77: what is let through, what is refused, and how well the scores order the two. */
export function evaluateTopics(folder: string, { errors }: { errors: boolean }): string[] {
  const model = readTopicModel();
  const bank = createTopicBank(model);
  const read = (name: 'clinc150' | 'banking77') =>
    readRequests(folder, name).map((request): Row => {
      const vector = embedPhrase(request.text);
      return { ...request, vector, near: nearness(vector, bank) };
    });
  const clinc = read('clinc150');
  const banking77 = read('banking77');
  const score = scorer(bank);
  const unaware = (domain: string) =>
    createTopicBank({ ...model, subjects: forget(model.subjects, [domain]) });
  return [
    ...scopeTable(
      clinc,
      score,
      scorer(createTopicBank({ ...model, subjects: forget(model.subjects, DOMAINS) })),
    ),
    ...domainTable(clinc, score, unaware),
    ...bankingTable(clinc, banking77, score),
    ...blockTable(clinc, banking77, score),
    ...(errors ? wrongRows(clinc, score) : []),
  ];
}

function scorer(bank: TopicBank): Score {
  return (rows, names, { isBlockList = false, examples = {} } = {}) => {
    const topics = names.map((name) => describeTopic({ name, examples: examples[name] ?? [] }, bank));
    const set = topicSet(isBlockList ? topics : [...topics, courtesyTopic(bank)]);
    return rows.map(({ near, vector }) =>
      topicProbability(
        weighTopics(vector, near.length === bank.subjects.length ? near : nearness(vector, bank), set),
        bank,
      ),
    );
  };
}

/** All ten domains allowed: requests that belong to one against requests that belong to none. */
function scopeTable(clinc: readonly Row[], score: Score, unawareScore: Score): string[] {
  const lines = [
    'CLINC150, all ten domains allowed (target: area 0.90)',
    '',
    row('descriptions', [
      'rows',
      'area in / out of scope',
      'in scope allowed',
      'out of scope refused',
      'calibration error',
    ]),
    row('---', ['---', '---:', '---:', '---:', '---:']),
  ];
  const line = (name: string, topics: string[], scoreBy: Score, options?: ScoreOptions) => {
    for (const [label, rows] of [
      ['held back', clinc.filter(isHeldBack)],
      ['all development rows', clinc],
    ] as const) {
      const scores = scoreBy(rows, topics, options);
      const inside = scores.filter((_, place) => rows[place]!.domain !== OUT_OF_SCOPE);
      const outside = scores.filter((_, place) => rows[place]!.domain === OUT_OF_SCOPE);
      lines.push(row(name, [label, ...quality(inside, outside), calibrationError(inside, outside)]));
    }
  };
  const [words, sentences] = [0, 1].map((place) =>
    DOMAINS.map((domain) => DESCRIPTIONS[domain]![place]!),
  ) as [string[], string[]];
  line('a word or two', words, score);
  line('a line', sentences, score);
  line('a line, all ten unknown to the model', sentences, unawareScore);
  const examples = Object.fromEntries(
    DOMAINS.map((domain) => [DESCRIPTIONS[domain]![0], someOfEachIntent(clinc, domain)]),
  );
  line(`a word or two, ${EXAMPLES_PER_INTENT} examples an intent`, words, score, { examples });
  return lines;
}

function someOfEachIntent(clinc: readonly Row[], domain: string): string[] {
  const taught = clinc.filter((one) => one.domain === domain && !isHeldBack(one));
  return [...Map.groupBy(taught, ({ intent }) => intent).values()].flatMap((rows) =>
    rows.slice(0, EXAMPLES_PER_INTENT).map(({ text }) => text),
  );
}

/** One domain allowed, the nine others refused; with the whole bank, and with one that was never taught that domain. */
function domainTable(clinc: readonly Row[], score: Score, unaware: (domain: string) => TopicBank): string[] {
  const rows = clinc.filter(
    (one) => isHeldBack(one) && one.domain !== OUT_OF_SCOPE && !COURTESIES.has(one.intent),
  );
  const lines = [
    '',
    'CLINC150, one domain allowed, held-back rows, courtesies left out: area, on it allowed, off it refused',
    '',
    row('domain', ['a word or two', '', '', 'a line', '', '', 'a line, domain unknown to the model', '', '']),
    row('---', Array<string>(9).fill('---:')),
  ];
  const sums: number[][] = [];
  for (const domain of DOMAINS) {
    const [word, line] = DESCRIPTIONS[domain]!;
    const parts = [score(rows, [word]), score(rows, [line]), scorer(unaware(domain))(rows, [line])].flatMap(
      (scores) =>
        quality(
          scores.filter((_, place) => rows[place]!.domain === domain),
          scores.filter((_, place) => rows[place]!.domain !== domain),
        ),
    );
    sums.push(parts.map(Number));
    lines.push(row(domain, parts));
  }
  return [
    ...lines,
    row(
      'mean',
      sums[0]!.map((_, column) => mean(sums.map((one) => one[column]!)).toFixed(3)),
    ),
  ];
}

function bankingTable(clinc: readonly Row[], banking77: readonly Row[], score: Score): string[] {
  const others = clinc.filter(
    (one) =>
      isHeldBack(one) &&
      !['banking', 'credit_cards', OUT_OF_SCOPE].includes(one.domain) &&
      !COURTESIES.has(one.intent),
  );
  const lines = [
    '',
    'Banking77 (held-back rows) allowed as "banking", the other domains of CLINC150 (held-back rows) refused',
    '',
    row('description', ['area', 'on it allowed', 'off it refused']),
    row('---', Array<string>(3).fill('---:')),
  ];
  for (const topic of DESCRIPTIONS.banking!)
    lines.push(row(topic, quality(score(banking77.filter(isHeldBack), [topic]), score(others, [topic]))));
  return lines;
}

/** Ordinary requests that a block-list must leave alone. */
function blockTable(clinc: readonly Row[], banking77: readonly Row[], score: Score): string[] {
  const lines = [
    '',
    `Blocked at ${BLOCK_THRESHOLD} (all development rows; in scope and Banking77 by mistake; health, law and investing are subjects of some rows out of scope)`,
    '',
    row('blocked topic', ['CLINC150 in scope', 'CLINC150 out of scope', 'Banking77']),
    row('---', Array<string>(3).fill('---:')),
  ];
  const [inside, outside] = [
    clinc.filter(({ domain }) => domain !== OUT_OF_SCOPE),
    clinc.filter(({ domain }) => domain === OUT_OF_SCOPE),
  ];
  for (const topics of [...BLOCKED.map((topic) => [topic]), BLOCKED])
    lines.push(
      row(
        topics.join(' + '),
        [inside, outside, banking77].map((rows) =>
          rate(score(rows, topics, { isBlockList: true }), true, BLOCK_THRESHOLD),
        ),
      ),
    );
  return lines;
}

function wrongRows(clinc: readonly Row[], score: Score): string[] {
  const scores = score(
    clinc,
    DOMAINS.map((domain) => DESCRIPTIONS[domain]![1]),
  );
  const wrong = clinc.flatMap(({ id, domain, intent }, place) =>
    scores[place]! >= THRESHOLD === (domain !== OUT_OF_SCOPE)
      ? []
      : `- ${id} (${intent}): ${domain === OUT_OF_SCOPE ? 'allowed' : 'refused'} at ${scores[place]!.toFixed(2)}`,
  );
  return ['', `Wrong with all ten domains allowed, a line each: ${wrong.length}`, '', ...wrong];
}

function quality(on: readonly number[], off: readonly number[]): string[] {
  return [rankingArea(on, off).toFixed(3), rate(on, true), rate(off, false)];
}

function rate(scores: readonly number[], isOn: boolean, threshold = THRESHOLD): string {
  return mean(scores.map((one) => Number(one >= threshold === isOn))).toFixed(3);
}

/** The mean gap between the score and the share that is right, where both sides weigh alike. */
function calibrationError(on: readonly number[], off: readonly number[]): string {
  const bins = Array.from({ length: BINS }, () => ({ weight: 0, score: 0, right: 0 }));
  for (const [scores, right] of [
    [on, 1],
    [off, 0],
  ] as const)
    for (const score of scores) {
      const weight = 1 / (2 * scores.length);
      const bin = bins[Math.min(BINS - 1, Math.floor(score * BINS))]!;
      bin.weight += weight;
      bin.score += weight * score;
      bin.right += weight * right;
    }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.score - bin.right), 0).toFixed(3);
}
