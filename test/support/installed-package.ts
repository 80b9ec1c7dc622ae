import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inherited } from './start-server.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

/** The oldest Node that `engines` of package.json allows. */
const OLDEST_NODE = '22.15.0';

/** Sallyport as a user of the package has it. */
export type InstalledPackage = {
  folder: string;
  /** The oldest Node that the package allows. */
  node: string;
  /** Runs a program of the folder. @returns what it printed @throws with everything it printed, when it fails */
  run(program: string, ...args: string[]): Promise<string>;
};

/** Packs this checkout, and installs it into an empty folder, as `npm install sallyport` does, beside an old Node and TypeScript. */
export const installPackage = async (empty: string): Promise<InstalledPackage> => {
  const folder = join(empty, 'app');
  await mkdir(folder);
  /** With the settings that this machine's npm has: where its registry is, and whom it trusts. */
  const npm = (args: string[], cwd: string) => runOrTell('npm', args, cwd, process.env);
  await npm(['pack', '--silent', '--pack-destination', empty], ROOT);
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: {
        sallyport: `file:${join(empty, 'sallyport-0.1.0.tgz')}`,
        node: OLDEST_NODE,
        typescript: '6.0.3',
      },
      allowScripts: { node: true },
    }),
  );
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund'], folder);
  return {
    folder,
    node: join(folder, 'node_modules', 'node', 'bin', 'node'),
    run: (program, ...args) => runOrTell(program, args, folder),
  };
};

const runOrTell = async (
  program: string,
  args: string[],
  cwd: string,
  given: NodeJS.ProcessEnv = inherited,
): Promise<string> => {
  const env = { ...given, PATH: `${join(ROOT, 'node_modules', '.bin')}:${inherited.PATH ?? ''}` };
  try {
    return (await run(program, args, { cwd, env, maxBuffer: 16_777_216 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
};
