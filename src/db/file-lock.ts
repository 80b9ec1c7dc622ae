import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
/** A lock would be gone once its database is collected. */
const held = new Set<DatabaseSync>();

/**
 * Locks a file for as long as this process lives; says whether it could, or another process has it. Node has no locks of files
 * but SQLite's, which are the system's own: a process that is killed leaves none behind, and no two have the same, whatever
 * files and numbers of processes say.
 */
export function lockFile(path: string): boolean {
  const file = new DatabaseSync(path);
  try {
    file.exec('begin exclusive');
  } catch (error) {
    file.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
  held.add(file);
  return true;
}
