import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { isServerTrouble } from '../../../src/db/server-trouble.ts';
import { AppError } from '../../../src/errors/app-error.ts';

const ofPostgres = (code: string, message = 'something') =>
  Object.assign(new pg.DatabaseError(message, 0, 'error'), { code });
const ofTheSystem = (code: string) => Object.assign(new Error('something'), { code });

describe('a failure of the database', () => {
  test.each([
    ['a lost connection, by its SQLSTATE', ofPostgres('08006')],
    ['no room for connections', ofPostgres('53300')],
    ['a shutdown', ofPostgres('57P01')],
    ['a refused connection', ofTheSystem('ECONNREFUSED')],
    ['a pipe that broke, whose code is as long as an SQLSTATE', ofTheSystem('EPIPE')],
    ['a connection that ended without a word', new Error('Connection terminated unexpectedly')],
    ['an answer that never came', new Error('Query read timeout')],
  ])('is the server’s: %s', (_, error) => {
    expect(isServerTrouble(error)).toBe(true);
  });

  test.each([
    ['a statement that says “extended”', ofPostgres('P0001', 'the deadline was extended, the timeout ended')],
    ['a failure of our own that says “extended”', new Error('the set was extended')],
    ['another that says “ended”', new Error('the day has ended by a timeout')],
    ['one that names a code without having it', new Error('what ECONNRESET means')],
    ['a value that does not fit', ofPostgres('22P02')],
    ['a failure that is told already', new AppError('internal', 'Connection terminated')],
    ['no error at all', 'ECONNRESET'],
  ])('is not the server’s: %s', (_, error) => {
    expect(isServerTrouble(error)).toBe(false);
  });
});
