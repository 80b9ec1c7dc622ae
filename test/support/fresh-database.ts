import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** An empty database of the Postgres at `address`; whoever made it drops it. */
export type FreshDatabase = { url: string; drop(): Promise<void> };

export const makeDatabase = async (address: string): Promise<FreshDatabase> => {
  const onServer = async (statement: string) => {
    const client = new pg.Client(address);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  const name = `sallyport_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}`);
  const url = new URL(address);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
};
