import { findBinary } from './find-binary.ts';

export type User = { uid: number; gid: number };

const setpriv = process.platform === 'linux' ? findBinary('setpriv') : undefined;

/** Whether `boundToRunner` can change the user as well; elsewhere `spawn` has to. */
export const canSwitchUser = setpriv !== undefined;

/** The same command, ended by the kernel when this process dies: even of SIGKILL, where no handler could do it. */
export const boundToRunner = (command: string, args: string[], user?: User): [string, string[]] => {
  if (!setpriv) return [command, args];
  const asUser = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return [setpriv, ['--pdeathsig', 'TERM', ...asUser, command, ...args]];
};
