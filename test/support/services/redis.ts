import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { leftOut, provided, type OwnService, type StartService } from './service.ts';
import { startProcess, type ServiceProcess } from './service-process.ts';

const program = (): string | undefined => findBinary('redis-server');

/** Why this machine cannot run a Redis of one's own; undefined where it can. */
export const lacksRedis = (): string | undefined => (program() === undefined ? 'not installed' : undefined);

/** A Redis that keeps everything in memory, and is empty after each start; it has to be started. */
export const makeRedis = async (folder: string): Promise<OwnService> => {
  const binary = program()!;
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const inMemory = ['--save', '', '--appendonly', 'no'];
  let running: ServiceProcess | undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    note: binary,
    start: async () => {
      running = await startProcess(binary, [...args, ...inMemory], {
        isReady: (output) => output.includes('Ready to accept connections'),
      });
    },
    stop: async () => running?.stop(),
  };
};

/** The Redis of a test run. */
export const startRedis: StartService = async (folder) => {
  const given = process.env.TEST_REDIS_URL;
  if (given) return provided('as TEST_REDIS_URL says', { TEST_REDIS_URL: given });
  const lacking = lacksRedis();
  if (lacking !== undefined) return leftOut(lacking);
  const { url, note, start, stop } = await makeRedis(folder);
  await start();
  return { covered: true, note, env: { TEST_REDIS_URL: url }, stop };
};
