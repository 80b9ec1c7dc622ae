/**
 * `npm test`: starts the services that this machine has, runs Jest with their addresses, and clears up.
 * Arguments are passed on to Jest. SALLYPORT_TEST_REQUIRE=postgres,redis,nginx,chromium makes a service
 * that is named there and cannot be had a failure instead of something left out.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runJest, type TestCounts } from './support/run-jest.ts';
import { startServices } from './support/services/index.ts';

const required = (process.env.SALLYPORT_TEST_REQUIRE ?? '').split(',').filter(Boolean);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));

const testRun = async (folder: string): Promise<TestCounts> => {
  const services = await startServices(folder);
  try {
    const lacking = required.filter((name) => !services.available.includes(name));
    if (lacking.length > 0) throw new Error(`required, but not covered: ${lacking.join(', ')}`);
    return await runJest(process.argv.slice(2), { folder, env: services.env, signal: interrupted.signal });
  } finally {
    await services.stop();
  }
};

const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
chmodSync(folder, 0o711); // servers that run as a user of their own must reach what is theirs in it
let counts: TestCounts = { passed: 0, failed: 1, skipped: 0 };
try {
  counts = await testRun(folder);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
