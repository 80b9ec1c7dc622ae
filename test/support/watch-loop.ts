// Loaded into a server (`--import`): tells over the Unix socket LOOP_SOCKET how long its event loop was held at the most
// since it was last asked, in milliseconds of the main thread's processor time, which a busy machine does not stretch.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const socket = process.env.LOOP_SOCKET;
const processorMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

if (isMainThread && socket && process.argv[1]?.endsWith('server.ts')) {
  let last = processorMs();
  let longest = 0;
  const look = () => {
    const now = processorMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  setInterval(look, 1).unref();
  rmSync(socket, { force: true });
  createServer((client) => {
    look();
    client.end(String(longest));
    longest = 0;
  })
    .listen(socket)
    .unref();
}
