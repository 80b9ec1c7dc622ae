import { createLines } from './lines.ts';

/** How long all work that gives way may hold the event loop before everybody else is served, together. */
const SLICE_MS = 10;

/** The loop is one for the process, and so is what is known of it. */
const waiting = createLines<() => void>();
let heldSince: number | undefined;
let isTurning = false;

/**
 * To be awaited between the pieces of long work: lets everybody else be served first, once the loop has been held for a
 * while, by whichever work. Tenants take turns, one piece of work in each turn of the loop.
 */
export function giveWay(tenant: string): Promise<void> | undefined {
  const now = performance.now();
  if (heldSince === undefined) {
    heldSince = now;
    turnSoon();
  }
  if (waiting.length === 0 && now - heldSince < SLICE_MS) return undefined;
  return new Promise((resume) => waiting.join(tenant, resume));
}

function turnSoon(): void {
  if (isTurning) return;
  isTurning = true;
  setImmediate(() => {
    isTurning = false;
    const resume = waiting.next();
    heldSince = resume && performance.now();
    if (!resume) return;
    turnSoon();
    resume();
  });
}
