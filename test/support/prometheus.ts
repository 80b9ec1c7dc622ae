export type Sample = { name: string; labels: Record<string, string>; value: number };

/** What one process exposes: its samples, and the kind of each family. */
export type Scrape = { samples: Sample[]; types: Map<string, string> };

const TYPE = /^# TYPE (\S+) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;

/**
 * Reads the text format of Prometheus (0.0.4).
 *
 * @throws Error for a line that is none of it, and for a sample whose family was not announced
 */
export const readScrape = (text: string): Scrape => {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split('\n').filter(Boolean)) {
    const [, family, type] = TYPE.exec(line) ?? [];
    if (family !== undefined && types.has(family)) throw new Error(`announced twice: ${family}`);
    if (family !== undefined) types.set(family, type!);
    if (line.startsWith('# HELP ') || family !== undefined) continue;
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a sample: ${line}`);
    if (!types.has(familyOf(name, types))) throw new Error(`not announced: ${name}`);
    samples.push({ name, labels: readLabels(labels), value: numberOf(value!) });
  }
  return { samples, types };
};

/** A histogram's samples are named after it. */
const familyOf = (name: string, types: Map<string, string>): string => {
  const stem = name.replace(/_(bucket|sum|count)$/, '');
  return types.get(stem) === 'histogram' ? stem : name;
};

const numberOf = (text: string): number => {
  const value = text === '+Inf' ? Infinity : Number(text);
  if (Number.isNaN(value)) throw new Error(`not a number: ${text}`);
  return value;
};

const readLabels = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined) throw new Error(`not labels: ${text}`);
    labels[name] = value!;
  }
  return labels;
};

/** The sum over all samples of this name that have these labels; undefined where there is none. */
export const total = (
  { samples }: Scrape,
  name: string,
  labels: Record<string, string> = {},
): number | undefined => {
  const found = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
};
