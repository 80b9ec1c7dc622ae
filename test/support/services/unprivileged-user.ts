import { execFileSync } from 'node:child_process';
import type { User } from './bound-to-runner.ts';

const idOf = (user: string): User | undefined => {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
};

/** Whom to run a server as that refuses root: nobody else is needed when the tests do not run as root. */
export const unprivilegedUser = (...preferred: string[]): User | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of [...preferred, 'nobody']) {
    const found = idOf(user);
    if (found) return found;
  }
  throw new Error('no unprivileged user to run servers as');
};
