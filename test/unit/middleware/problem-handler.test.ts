import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express, { type Request } from 'express';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problemHandler } from '../../../middleware/problem-handler.ts';
import { requestId } from '../../../middleware/request-id.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

describe('a failure of the connection', () => {
  const logger = recordingLogger();
  let server: Server;
  let url: string;
  let statuses: number[];
  /** What happens to the connection before the failure reaches the handler. */
  let before: (req: Request) => void;
  beforeAll(async () => {
    statuses = [];
    const app = express();
    app.use(requestId(), (req, res, next) => {
      res.once('close', () => statuses.push(res.headersSent ? res.statusCode : 499));
      before(req);
      next(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }));
    });
    app.use(problemHandler(logger));
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.close();
  });

  test('is none of the server, where it is that of a client that went away', async () => {
    before = (req) => req.socket.destroy();
    await expect(fetch(url)).rejects.toThrow();
    while (statuses.length < 1) await new Promise(setImmediate);
    expect([statuses, logger.lines]).toEqual([[499], []]);
  });

  test('is one of the server, where the client is still there: some other pipe broke', async () => {
    before = () => undefined;
    expect((await fetch(url)).status).toBe(500);
    expect(logger.lines).toHaveLength(1);
  });
});
