import { seededRandom } from '../../../bench/random.ts';
import type { Example } from '../classifier/train-classifier.ts';
import { ATTACK_SLOTS, DIRECT_TEMPLATES, INDIRECT_TEMPLATES } from './attack-templates.ts';
import { BENIGN_DOCUMENT_TEMPLATES, BENIGN_SLOTS, BENIGN_TEMPLATES } from './benign-templates.ts';
import { fillTemplate } from './fill-templates.ts';
import { isHeldBack, readRows } from './rows.ts';

const FILLINGS = 8;
const WEIGHT = 0.5;
/** A persona in a document may be part of its story. */
const PERSONA = /persona|\{name\}|profession|role-play|film/;

/** What we wrote: attacks and their harmless look-alikes; attacks on documents stand in documents, too. */
export function authoredExamples(folder: string): Example[] {
  const random = seededRandom(11);
  const hosts = ['injection/docs_with_trigger_words', 'pii/negatives', 'injection/bipia_indirect']
    .flatMap((set) =>
      readRows(folder, set).filter(
        (row) => !isHeldBack(row) && row.label !== 'injection' && row.task !== 'table',
      ),
    )
    .map(({ text }) => text.slice(0, 900));
  const fill = (
    templates: readonly string[],
    slots: typeof ATTACK_SLOTS,
    make: (text: string, template: string) => Omit<Example, 'text'> & { text?: string },
  ) =>
    templates.flatMap((template) =>
      Array.from({ length: template.includes('{') ? FILLINGS : 2 }, () => {
        const text = fillTemplate(template, slots, random);
        return { text, weight: WEIGHT, group: template, isAuthored: true, ...make(text, template) };
      }),
    );
  const within = (text: string): string => {
    if (random.next() < 0.35) return text;
    const host = random.pick(hosts);
    const stops = [0, ...Array.from(host.matchAll(/[.!?]\s|\n/g), ({ index }) => index + 1), host.length];
    const at = random.pick(stops);
    return `${host.slice(0, at)} ${text} ${host.slice(at)}`.trim();
  };
  return [
    ...fill(DIRECT_TEMPLATES, ATTACK_SLOTS, (_, template) => ({
      labels: { direct: 1, indirect: PERSONA.test(template) ? null : 1 },
    })),
    ...fill(INDIRECT_TEMPLATES, ATTACK_SLOTS, (text) => ({
      text: within(text),
      labels: { direct: null, indirect: 1 },
    })),
    ...fill(INDIRECT_TEMPLATES, ATTACK_SLOTS, (text) => ({
      text: within(text),
      labels: { direct: null, indirect: 1 },
    })),
    ...fill(BENIGN_TEMPLATES, BENIGN_SLOTS, () => ({ labels: { direct: 0, indirect: 0 } })),
    ...fill(BENIGN_DOCUMENT_TEMPLATES, BENIGN_SLOTS, () => ({ labels: { direct: 0, indirect: 0 } })),
    ...fill(BENIGN_DOCUMENT_TEMPLATES, BENIGN_SLOTS, (text) => ({
      text: within(text),
      labels: { direct: 0, indirect: 0 },
    })),
  ];
}
