import express from 'express';
import { serveParent } from '../child.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

/** Takes whatever is exported to it, in a process of its own, and forgets it. */
serveParent(async () => {
  const app = express();
  app.use((req, res) => {
    req.resume().once('end', () => res.status(200).end());
  });
  return { url: await listenOnLoopback(app) };
});
