#!/usr/bin/env bash
# openai (npm) 6.49.0: an error reply keeps its body only under `error`; any other JSON body is reported as absent.
#
# Servers that speak the OpenAI protocol often say what was wrong in another member: `detail` (FastAPI, and what
# is built on it) or `message`. The SDK has read and parsed that body, and yet the error's message is
# "400 status code (no body)" and its `error` is undefined. Nothing on the error holds the text.
#
# Seen:
#   {"error":{"message":"unknown parameter"}} -> 400 unknown parameter
#   {"detail":"unknown parameter"}            -> 400 status code (no body)
#   {"message":"unknown parameter"}           -> 400 status code (no body)
#
# Who needs the reason reads the response through an own `fetch` (an option of the client).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' >package.json
npm install --silent --no-audit --no-fund openai@6.49.0 >/dev/null
cat >run.js <<'JS'
import { createServer } from 'node:http';
import OpenAI from 'openai';

let body = '';
const server = createServer((req, res) => {
  req.resume();
  res.writeHead(400, { 'content-type': 'application/json' }).end(body);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const baseURL = `http://127.0.0.1:${server.address().port}/v1`;
const client = new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0 });
const messages = [];
for (const sent of [{ error: { message: 'unknown parameter' } }, { detail: 'unknown parameter' }, { message: 'unknown parameter' }]) {
  body = JSON.stringify(sent);
  const error = await client.models.list().catch((caught) => caught);
  messages.push(error.message);
  console.log(body.padEnd(41), '->', error.message);
}
server.close();
server.closeAllConnections();
const lost = '400 status code (no body)';
process.exitCode = messages.join() === ['400 unknown parameter', lost, lost].join() ? 0 : 1;
JS
node run.js
