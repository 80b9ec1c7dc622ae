/** What this run has opened; the last is closed first. */
export const closers: (() => unknown)[] = [];

/** To be called when the run is over; an interrupted one closes by itself. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void closeAll().finally(() => process.exit(1)));
