import pg from 'pg';
import { AppError } from '../errors/app-error.ts';

/** SQLSTATE classes that mean the server, not the statement: connection, resources, operator intervention. */
const SERVER_TROUBLE = /^(08|53|57P|58)/;
/** What the system says of a connection. */
const NETWORK_TROUBLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT', // the embedded one's socket
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);
/** What `pg` says of a connection, without a code: word for word, for a message may hold any word. */
const BROKEN_CONNECTION = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Cannot use a pool after calling end on the pool',
]);

/** Whether a statement failed because the server cannot be had, and would succeed once it can. */
export function isServerTrouble(error: unknown): boolean {
  if (error instanceof AppError || !(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (error instanceof pg.DatabaseError) return SERVER_TROUBLE.test(error.code ?? '');
  return typeof code === 'string' ? NETWORK_TROUBLE.has(code) : BROKEN_CONNECTION.has(error.message);
}
