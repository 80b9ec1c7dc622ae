#!/usr/bin/env node
// Node strips no types inside node_modules: there the package runs its build, in a clone its TypeScript as it is.
const isInstalled = import.meta.url.includes('/node_modules/');
// Types are stripped without a flag from 22.18 on. Said here, since an older Node fails with a syntax error instead.
const needed = isInstalled ? [22, 15] : [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > needed[0] || (major === needed[0] && minor >= needed[1]))
  await import(new URL(isInstalled ? '../dist/src/cli.js' : './cli.ts', import.meta.url).href);
else {
  process.stderr.write(`sallyport: needs Node ${needed.join('.')} or later; this is ${process.version}.\n`);
  process.exitCode = 1;
}
