#!/usr/bin/env bash
# openai (npm) 6.49.0: a call's time-out and its abort signal do not cover the pause before a retry.
#
# A server answers 429 with `Retry-After: 4`. The call has `timeout: 500` and a signal that aborts after 1 s.
# One would expect it to end within a second. The SDK sleeps the 4 s out first, hears the signal only when it
# wakes, and then reports the abort. Nothing bounds the pause: a longer `Retry-After` is slept out as well.
#
# Seen: ended after 4.0 s: Request was aborted.
#
# For a caller that must answer within a deadline: `maxRetries: 0`, and retries of one's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' >package.json
npm install --silent --no-audit --no-fund openai@6.49.0 >/dev/null
cat >run.js <<'JS'
import { createServer } from 'node:http';
import OpenAI from 'openai';

const server = createServer((req, res) => {
  req.resume();
  res.writeHead(429, { 'content-type': 'application/json', 'retry-after': '4' });
  res.end('{"error":{"message":"slow down"}}');
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const baseURL = `http://127.0.0.1:${server.address().port}/v1`;
const client = new OpenAI({ apiKey: 'none', baseURL, timeout: 500, maxRetries: 1 });
const began = performance.now();
const request = { model: 'any', messages: [{ role: 'user', content: 'hello' }] };
const outcome = await client.chat.completions
  .create(request, { signal: AbortSignal.timeout(1_000) })
  .then(() => 'an answer', (error) => error.message);
const seconds = (performance.now() - began) / 1_000;
console.log(`ended after ${seconds.toFixed(1)} s: ${outcome}`);
server.close();
server.closeAllConnections();
process.exitCode = seconds >= 3.5 ? 0 : 1;
JS
node run.js
