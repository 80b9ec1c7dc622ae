import { parseArgs } from 'node:util';
import { DEFAULT_TENANT } from './auth/principal.ts';
import { AUDIT_USAGE, manageAudit } from './cli-audit.ts';
import { ingestPaths } from './cli-ingest.ts';
import { KEYS_USAGE, manageKeys } from './cli-keys.ts';
import { reindexAll } from './cli-reindex.ts';
import { showUsage, USAGE_USAGE } from './cli-usage.ts';
import { packageVersion } from './config/package-root.ts';
import { reasonOf } from './reason.ts';

const USAGE = `sallyport ${packageVersion}

  sallyport serve                    start the server
  sallyport ingest [options] PATH... ingest files and folders
      --tenant NAME                  whose documents they become (${DEFAULT_TENANT})
      --group NAME                   who may retrieve them; may be repeated (as before, or everyone in the tenant)
      --everyone                     everyone in the tenant may, whatever was named before
  sallyport reindex                  make the index anew with the embedder of the settings
${KEYS_USAGE}${USAGE_USAGE}${AUDIT_USAGE}
Settings are read from the environment and from .env; README.md lists them.
`;

async function main(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (args[0] === 'keys') return manageKeys(args.slice(1));
  if (args[0] === 'audit') return manageAudit(args.slice(1));
  if (args[0] === 'usage') return showUsage(args.slice(1));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: 'string', default: DEFAULT_TENANT },
      group: { type: 'string', multiple: true, default: [] },
      everyone: { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
    },
  });
  const [command, ...paths] = positionals;
  if (values.version) process.stdout.write(`${packageVersion}\n`);
  else if (command === 'serve') await import('./server.ts');
  else if (command === 'ingest' && paths.length > 0)
    return ingestPaths(paths, { tenant: values.tenant, groups: values.group, everyone: values.everyone });
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
    const misread = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`sallyport: ${reasonOf(error)}${misread ? '; see sallyport --help' : ''}\n`);
    process.exitCode = misread ? 2 : 1;
  },
);
