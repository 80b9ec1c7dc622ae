/** What a service gives a test run: its address in the environment, or the reason why it is left out. */
export type Service =
  | { covered: true; note: string; env: Record<string, string>; stop: () => Promise<void> }
  | { covered: false; reason: string };

/** `folder` is the run's temporary folder: whatever a service writes goes below it and is removed with it. */
export type StartService = (folder: string) => Promise<Service>;

/** A service that a test has for itself: it may be stopped, and started again at the same address. */
export type OwnService = { url: string; note: string; start: () => Promise<void>; stop: () => Promise<void> };

export const leftOut = (reason: string): Service => ({ covered: false, reason });

/** A program that the tests start themselves, or a server that somebody else started: nothing to stop here. */
export const provided = (note: string, env: Record<string, string>): Service => ({
  covered: true,
  note,
  env,
  stop: () => Promise.resolve(),
});
