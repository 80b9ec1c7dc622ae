import express from 'express';
import { serveParent } from '../child.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

/** Measures Express alone: one route, one constant. */
serveParent(async () => {
  const app = express();
  app.post('/query', (_req, res) => {
    res.json({ answer: 'constant' });
  });
  return { url: await listenOnLoopback(app) };
});
