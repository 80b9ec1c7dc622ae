// Node strips no types inside node_modules: there the package runs its build, in a clone its TypeScript as it is.
const isInstalled = import.meta.url.includes('/node_modules/');
const library = await import(
  new URL(isInstalled ? '../dist/src/index.js' : './index.ts', import.meta.url).href
);

export const { AppError, createApp, createRagPipeline, createTracer } = library;
