import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts processor time in these, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

type Stat = { pid: number; parent: number; program: string; own: number; ofEndedChildren: number };

/** Seconds of processor time that a process has used so far; undefined where the system does not say so in /proc. */
export function cpuSeconds(pid: number): number | undefined {
  return stat(pid)?.own;
}

/** The process of the server that this backend belongs to; undefined where it runs elsewhere. */
export function postmasterOf(backend: number): number | undefined {
  const found = stat(backend);
  return found?.program === 'postgres' ? found.parent : undefined;
}

/** Seconds of processor time of a whole Postgres server, sessions that have ended included. */
export function postgresCpuSeconds(postmaster: number | undefined): number | undefined {
  const server = postmaster === undefined ? undefined : stat(postmaster);
  if (!server) return undefined;
  return readdirSync('/proc')
    .flatMap((name) => (/^\d+$/.test(name) ? (stat(Number(name)) ?? []) : []))
    .filter(({ parent }) => parent === server.pid)
    .reduce((sum, { own }) => sum + own, server.own + server.ofEndedChildren);
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name, in brackets: it may hold spaces.
    const nameEnd = text.lastIndexOf(')');
    const fields = text.slice(nameEnd + 2).split(' ');
    const seconds = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) / TICKS_PER_SECOND;
    const program = text.slice(text.indexOf('(') + 1, nameEnd);
    return { pid, parent: Number(fields[1]), program, own: seconds(11), ofEndedChildren: seconds(13) };
  } catch {
    return undefined;
  }
}
