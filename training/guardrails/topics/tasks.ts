import type { Random } from '../../../bench/random.ts';
import { courtesyTopic, describeTopic } from '../../../src/guardrails/topics/describe-topic.ts';
import { createTopicBank, embedPhrase, type TopicBank } from '../../../src/guardrails/topics/topic-bank.ts';
import { nearness, topicSet, weighTopics } from '../../../src/guardrails/topics/weigh-topics.ts';
import { ASSISTANT_DOMAINS, COURTESIES } from './assistant-domains.ts';
import { centreOf, forget, type Request, type TaughtSubject } from './subjects.ts';

type Example = { features: { evidence: number; prior: number }; right: boolean };
type Material = { clinc: readonly Request[]; subjects: readonly TaughtSubject[]; random: Random };

const DOMAIN_TASKS = 160;
const WRITTEN_TASKS = 80;
/** How many topics are asked for at once. */
const SIZES = [1, 1, 1, 2, 3, 5, 10];
/** Of texts that are on a task's topics, and of others: a task's odds are even. */
const EACH = 40;
const NO_WEIGHTS = { bias: 0, evidence: 0, prior: 0 };

/**
 * What the weights are fitted to: texts on and off topics of every kind. In half of the tasks the bank has forgotten some of
 * the topics, since most that people name are not in it.
 */
export function createTasks(material: Material): Example[] {
  const vectors = new Map(material.clinc.map(({ id, text }) => [id, embedPhrase(text)]));
  return [
    ...Array.from({ length: DOMAIN_TASKS }, (_, turn) => domainTask(material, vectors, turn)),
    ...Array.from({ length: WRITTEN_TASKS }, (_, turn) => writtenTask(material, vectors, turn)),
  ].flat();
}

/** Some domains together, as an allow-list every other time: then courtesies pass too. */
function domainTask(
  { clinc, subjects, random }: Material,
  vectors: ReadonlyMap<string, Float32Array>,
  turn: number,
): Example[] {
  const isAllowList = random.next() < 0.5;
  const wanted = shuffled(Object.keys(ASSISTANT_DOMAINS), random).slice(0, random.pick(SIZES));
  const forgotten = turn % 2 === 0 ? wanted.slice(0, Math.ceil(wanted.length / 2)) : [];
  const bank = createTopicBank({ weights: NO_WEIGHTS, subjects: forget(subjects, forgotten) });
  const names = wanted.map((domain) =>
    random.pick([domain.replaceAll('_', ' '), ...ASSISTANT_DOMAINS[domain]!.descriptions]),
  );
  const [on, off] = parted(
    clinc,
    ({ domain, intent }) => wanted.includes(domain) || (isAllowList && COURTESIES.has(intent)),
  );
  const texts = (some: Request[]) => shuffled(some, random).map(({ id }) => vectors.get(id)!);
  return examples({ bank, names, isAllowList, on: texts(on), off: texts(off) });
}

/** A subject that was written: half of its texts ask, and the bank knows it by the other half or not at all. */
function writtenTask(
  { clinc, subjects, random }: Material,
  vectors: ReadonlyMap<string, Float32Array>,
  turn: number,
): Example[] {
  const subject = random.pick(subjects.filter(({ source, courtesy }) => source === 'written' && !courtesy));
  const others = subjects.filter((other) => other !== subject);
  const [known, asked] = parted(subject.texts, (text) => subject.texts.indexOf(text) % 2 === 0);
  const bank = createTopicBank({
    weights: NO_WEIGHTS,
    subjects: turn % 2 === 0 ? others : [...others, { ...subject, centre: centreOf(known) }],
  });
  const names = [random.next() < 0.5 ? random.pick(subject.names) : subject.names.slice(0, 3).join(', ')];
  const { affinities } = describeTopic({ name: names[0]!, examples: [] }, bank);
  const strangers = others.filter((_, place) => affinities[place]! < 0.2);
  const ofClinc = strangers.filter(({ source }) => source.startsWith('clinc150/'));
  const spoken = new Set(ofClinc.map(({ names: own }) => own.at(-1)));
  const off = [
    ...strangers.filter(({ source }) => source === 'written').flatMap(({ texts }) => texts),
    ...shuffled(
      clinc.filter(({ intent }) => spoken.has(intent.replaceAll('_', ' '))),
      random,
    )
      .slice(0, 500)
      .map(({ id }) => vectors.get(id)!),
  ];
  return examples({ bank, names, isAllowList: false, on: asked, off: shuffled(off, random) });
}

function examples({
  bank,
  names,
  isAllowList,
  on,
  off,
}: {
  bank: TopicBank;
  names: string[];
  isAllowList: boolean;
  on: Float32Array[];
  off: Float32Array[];
}): Example[] {
  const topics = names.map((name) => describeTopic({ name, examples: [] }, bank));
  const set = topicSet(isAllowList ? [...topics, courtesyTopic(bank)] : topics);
  const weighed = (vectors: Float32Array[], right: boolean) =>
    vectors.map((vector) => {
      const { evidence, prior } = weighTopics(vector, nearness(vector, bank), set);
      return { features: { evidence, prior }, right };
    });
  const each = Math.min(EACH, on.length, off.length);
  return [...weighed(on.slice(0, each), true), ...weighed(off.slice(0, each), false)];
}

function parted<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const rest = [...items];
  for (let place = rest.length - 1; place > 0; place--) {
    const other = random.below(place + 1);
    [rest[place], rest[other]] = [rest[other]!, rest[place]!];
  }
  return rest;
}
