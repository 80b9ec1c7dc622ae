import { startPostgres } from './postgres.ts';
import { findChromium, findNginx, findOpenssl } from './programs.ts';
import { startRedis } from './redis.ts';
import { leftOut, type Service, type StartService } from './service.ts';

const services: Record<string, StartService> = {
  postgres: startPostgres,
  redis: startRedis,
  nginx: findNginx,
  chromium: findChromium,
  openssl: findOpenssl,
};

export type TestServices = { env: Record<string, string>; available: string[]; stop: () => Promise<void> };

/** Starts what is installed, says of each service whether it is covered. */
export const startServices = async (folder: string): Promise<TestServices> => {
  const started = await Promise.all(
    Object.entries(services).map(async ([name, start]): Promise<[string, Service]> => {
      const failed = (error: unknown): Service => leftOut(`it does not start: ${String(error)}`);
      return [name, await start(folder).catch(failed)];
    }),
  );
  for (const [name, service] of started)
    console.log(`${name}: ${service.covered ? `covered (${service.note})` : `left out: ${service.reason}`}`);

  const covered = started.flatMap(([, service]) => (service.covered ? [service] : []));
  return {
    env: Object.assign({}, ...covered.map(({ env }) => env)) as Record<string, string>,
    available: started.flatMap(([name, service]) => (service.covered ? [name] : [])),
    stop: async () => {
      await Promise.allSettled(covered.map(({ stop }) => stop()));
    },
  };
};
