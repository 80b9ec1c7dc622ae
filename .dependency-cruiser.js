/** Depth tells the layer: ARCHITECTURE.md says why. */
const domain = '^src/[^/]+/';
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'application-stays-below-http',
      comment:
        'src/<folder>/ imports only src/<folder>/: never the composition ring, a route or a middleware',
      severity: 'error',
      from: { path: domain },
      to: { path: '^(routes|middleware|src/[^/]+\\.ts$)' },
    },
    {
      name: 'application-knows-no-express',
      severity: 'error',
      from: { path: domain },
      to: { path: 'node_modules/(express|helmet|multer|express-rate-limit|rate-limit-redis)/' },
    },
    {
      name: 'adapters-do-not-import-each-other',
      comment: 'a route never imports a middleware, nor the other way round; only chain.ts sees the links',
      severity: 'error',
      from: { path: '^routes/' },
      to: { path: '^middleware/' },
    },
    {
      name: 'middleware-imports-the-application-only',
      severity: 'error',
      from: { path: '^middleware/', pathNot: '^middleware/chain\\.ts$' },
      to: { path: '^(routes|middleware)/' },
    },
    {
      name: 'adapters-stay-out-of-the-composition-ring',
      severity: 'error',
      from: { path: '^(routes|middleware)/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'one-adapter-per-vendor',
      comment: 'a vendor SDK is imported by the file that adapts it, and by nothing else',
      severity: 'error',
      from: {
        path: '^(src|routes|middleware)/',
        pathNot:
          '(openai-[^/]+|transformers-[^/]+|parse-[^/]+|parsers/[^/]+|detect-language|stem|connect-redis|src/cli|embedded-postgres[^/]*|pool|logger|audit-sink|open-telemetry-[^/]+|(aws|gcp|azure)-secret-source)\\.ts$',
      },
      to: {
        path: 'node_modules/(openai|@huggingface/transformers|unpdf|mammoth|parse5|marked|papaparse|yauzl|piscina|franc|snowball-stemmers|@electric-sql/[^/]+|winston|redis|@opentelemetry/[^/]+|@aws-sdk/[^/]+|@google-cloud/[^/]+|@azure/[^/]+)/',
      },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '(worker|process|server|cli|index|bin)\\.(ts|js)$' },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^(src|routes|middleware)/' },
      // A peer that tests install is both.
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
