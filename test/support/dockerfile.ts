import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** The parts of deploy/Dockerfile that a container is made of, and what a build may send. */
export type Dockerfile = {
  /** The image that it begins with: the default of NODE_IMAGE. */
  base: string;
  /** Files and folders of the repository that either stage takes, to the same place below `workdir`. */
  copied: string[];
  /** Files and folders that .dockerignore lets through. */
  sent: string[];
  env: Record<string, string>;
  user: string;
  workdir: string;
  volume: string;
  command: string[];
  healthcheck: string[];
};

export const readDockerfile = (): Dockerfile => {
  const text = readFileSync(join(ROOT, 'deploy', 'Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '');
  const instructions = [...text.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, name, rest]) => ({
    name: name!,
    rest: rest!,
  }));
  const last = (name: string): string => instructions.findLast((one) => one.name === name)!.rest;
  const all = (name: string): string[] =>
    instructions.filter((one) => one.name === name).map(({ rest }) => rest);
  return {
    base: /^NODE_IMAGE=(.*)$/.exec(all('ARG')[0]!)![1]!,
    copied: all('COPY')
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1)),
    sent: readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : [])),
    env: Object.fromEntries(
      all('ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=') as [string, string])),
    ),
    user: last('USER'),
    workdir: last('WORKDIR'),
    volume: last('VOLUME'),
    command: [...(JSON.parse(last('ENTRYPOINT')) as string[]), ...(JSON.parse(last('CMD')) as string[])],
    healthcheck: JSON.parse(/ CMD (.*)$/.exec(last('HEALTHCHECK'))![1]!) as string[],
  };
};
