import { parseArgs } from 'node:util';
import { DEFAULT_TENANT } from './auth/principal.ts';
import { ingestPaths } from './cli-ingest.ts';
import { reindexAll } from './cli-reindex.ts';
import { packageVersion } from './config/package-root.ts';
import { reasonOf } from './reason.ts';

const USAGE = `sallyport ${packageVersion}

  sallyport serve                    start the server
  sallyport ingest [options] PATH... ingest files and folders
      --tenant NAME                  whose documents they become (${DEFAULT_TENANT})
      --group NAME                   who may retrieve them; may be repeated (everyone in the tenant)
  sallyport reindex                  make the index anew with the embedder of the settings

Settings are read from the environment and from .env; README.md lists them.
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: 'string', default: DEFAULT_TENANT },
      group: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', default: false },
    },
  });
  const [command, ...paths] = positionals;
  if (values.version) process.stdout.write(`${packageVersion}\n`);
  else if (values.help) process.stdout.write(USAGE);
  else if (command === 'serve') await import('./server.ts');
  else if (command === 'ingest' && paths.length > 0)
    return ingestPaths(paths, { tenant: values.tenant, groups: values.group });
  else if (command === 'reindex' && paths.length === 0) return reindexAll();
  else {
    process.stderr.write(USAGE);
    return 2;
  }
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`sallyport: ${reasonOf(error)}\n`);
    process.exitCode = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
  },
);
