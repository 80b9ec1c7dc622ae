import { logistic } from '../../evidence/weigh-evidence.ts';
import { dot, embedPhrase, type TopicBank } from './topic-bank.ts';

/** A topic as its description, and its examples if it has any, make it known. */
export type Topic = {
  name: string;
  /** What a text is compared with; `bonus` raises the likeness of what no subject of the bank stands for. */
  points: { vector: Float32Array; bonus: number }[];
  /** How surely each subject of the bank belongs to it, 0..1. */
  affinities: Float64Array;
  /** How surely a subject is so near to one of the topic's that it does not speak against the topic, 0..1. */
  kinships: Float64Array;
};

/** Between the parts of a description: "billing, invoices and refunds" are three. */
const BETWEEN = /[,:;.()/\n]|\s(?:and|or|such as|including)\s/i;
/** Far more than descriptions have: what goes beyond is one phrase, for each costs some 200,000 multiplications. */
const MOST_PHRASES = 64;
/** A likeness of names at which it is even whether a subject belongs to a topic, and how fast that changes around it. */
const EVEN_LIKENESS = 0.5;
const STEEPNESS = 20;
/** Below it a subject is no part of a topic: a hundred near subjects at one in a hundred would make one. */
const LEAST_BELIEF = 0.1;
/** How much a subject loses whose names are unlike the whole description. */
const WHOLE = 0.4;
/** A likeness to an example at which it is even whether a subject belongs to the topic. */
const EVEN_EXAMPLE = 0.8;
/** A likeness of two subjects at which it is even whether one speaks against a topic that has the other. */
const EVEN_KINSHIP = 0.75;
/** What takes the place of subjects for a phrase that none stands for. */
const UNKNOWN_BONUS = 0.15;

/** Finds what a plain description means in terms of the bank's subjects. */
export function describeTopic(
  { name, examples }: { name: string; examples: readonly string[] },
  { subjects, names, likeness }: TopicBank,
): Topic {
  const phrases = phrasesOf(name).map(embedPhrase);
  const whole = embedPhrase(name);
  const distances = subjects.map(({ meanName }) => 1 - Math.max(0, dot(whole, meanName)));
  const affinities = new Float64Array(subjects.length);
  const points = phrases.map((vector) => {
    const likeNames = names.map((one) => dot(vector, one));
    let known = 0;
    for (const [place, subject] of subjects.entries()) {
      let likeness = -Infinity;
      for (const one of subject.names) likeness = Math.max(likeness, likeNames[one]!);
      const affinity = belief(likeness - WHOLE * distances[place]! - EVEN_LIKENESS);
      known = Math.max(known, affinity);
      affinities[place] = Math.max(affinities[place]!, affinity);
    }
    return { vector, bonus: UNKNOWN_BONUS * (1 - known) };
  });
  for (const example of examples) {
    const vector = embedPhrase(example);
    points.push({ vector, bonus: 0 });
    for (const [place, { centre }] of subjects.entries())
      affinities[place] = Math.max(affinities[place]!, belief(dot(vector, centre) - EVEN_EXAMPLE));
  }
  return { name, points, affinities, kinships: kinships(affinities, likeness) };
}

/** The parts of a description that each mean something; of one without any, itself. */
export function phrasesOf(name: string): string[] {
  const parts = name.split(BETWEEN).filter((part) => part.trim() !== '');
  if (parts.length === 0) return [name];
  if (parts.length <= MOST_PHRASES) return parts;
  return [...parts.slice(0, MOST_PHRASES - 1), parts.slice(MOST_PHRASES - 1).join(' ')];
}

/** What keeps a conversation going: no topic of its own, and allowed beside any. */
export function courtesyTopic({ subjects }: TopicBank): Topic {
  return {
    name: '',
    points: [],
    affinities: Float64Array.from(subjects, ({ courtesy }) => Number(courtesy)),
    kinships: new Float64Array(subjects.length),
  };
}

function kinships(affinities: Float64Array, likeness: TopicBank['likeness']): Float64Array {
  const own = likeness.filter((_, place) => affinities[place]! > 0.5);
  return affinities.map((_, place) =>
    belief(own.reduce((most, row) => Math.max(most, row[place]!), -1) - EVEN_KINSHIP),
  );
}

function belief(margin: number): number {
  const believed = logistic(STEEPNESS * margin);
  return believed < LEAST_BELIEF ? 0 : believed;
}
