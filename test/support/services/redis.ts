import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { leftOut, provided, type StartService } from './service.ts';
import { startProcess } from './service-process.ts';

/** An empty Redis that keeps everything in memory. */
export const startRedis: StartService = async (folder) => {
  const given = process.env.TEST_REDIS_URL;
  if (given) return provided('as TEST_REDIS_URL says', { TEST_REDIS_URL: given });
  const binary = findBinary('redis-server');
  if (!binary) return leftOut('not installed');
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const { stop } = await startProcess(binary, args, {
    isReady: (output) => output.includes('Ready to accept connections'),
  });
  return { covered: true, note: binary, env: { TEST_REDIS_URL: `redis://127.0.0.1:${port}` }, stop };
};
