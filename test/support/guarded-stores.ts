import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createClient } from 'redis';
import type { OwnService } from './services/service.ts';

/** A store that asks for a name and a password. */
export type GuardedStore = {
  /** Lets somebody in from now on; the URL that they use. */
  admit(name: string): Promise<string>;
  /** Lets them in no more; those who are in stay. */
  dismiss(name: string): Promise<void>;
};

const passwordOf = (name: string): string => `the-password-of-${name}`;

const urlFor = (address: string, name: string): string => {
  const url = new URL(address);
  url.username = name;
  url.password = passwordOf(name);
  return url.href;
};

/** Settings of a Postgres that asks everybody but `postgres` for a password, by a file in `folder`. */
export const askingForPasswords = (folder: string): { hba_file: string } => {
  const file = join(folder, 'pg_hba.conf');
  const lines = ['host all postgres 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256'];
  writeFileSync(file, `${lines.join('\n')}\n`);
  chmodSync(folder, 0o711);
  chmodSync(file, 0o644);
  return { hba_file: file };
};

export const guardedPostgres = ({ url }: OwnService): GuardedStore => {
  const asRoot = async (statement: string) => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  return {
    admit: async (name) => {
      await asRoot(`create role ${name} superuser login password '${passwordOf(name)}'`);
      return urlFor(url, name);
    },
    dismiss: (name) => asRoot(`alter role ${name} nologin`),
  };
};

export const guardedRedis = ({ url }: OwnService): GuardedStore => {
  const asRoot = async (command: string[]) => {
    const client = createClient({ url });
    await client.connect();
    await client.sendCommand(command).finally(() => client.close());
  };
  return {
    admit: async (name) => {
      await asRoot(['ACL', 'SETUSER', name, 'on', `>${passwordOf(name)}`, '~*', '&*', '+@all']);
      return urlFor(url, name);
    },
    dismiss: (name) => asRoot(['ACL', 'SETUSER', name, 'off']),
  };
};
