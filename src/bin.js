#!/usr/bin/env node
// Node strips no types inside node_modules: there the package runs its build, in a clone its TypeScript as it is.
const isInstalled = import.meta.url.includes('/node_modules/');
await import(new URL(isInstalled ? '../dist/src/cli.js' : './cli.ts', import.meta.url).href);
