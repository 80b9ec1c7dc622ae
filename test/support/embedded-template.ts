import { constants, cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** In the temporary folder of the test run, which goes with it: the next run may have other migrations. */
const template = join(tmpdir(), 'template');
const isInRun = basename(tmpdir()).startsWith('sallyport-test-');

/**
 * Gives an empty data folder an embedded Postgres that is made and migrated already: most of a first start is spent on
 * that, and the tests of the first start itself do without. `make` starts a server on a folder and stops it again.
 */
export const fillFromTemplate = async (
  folder: string,
  make: (folder: string) => Promise<void>,
): Promise<void> => {
  if (!isInRun) return;
  if (!existsSync(template)) {
    const made = mkdtempSync(join(tmpdir(), 'template-'));
    await make(made);
    try {
      renameSync(made, template);
    } catch {
      rmSync(made, { recursive: true, force: true }); // another worker was faster
    }
  }
  cpSync(join(template, 'postgres'), join(folder, 'postgres'), {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
  });
};
