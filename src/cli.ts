import { parseArgs } from 'node:util';
import { DEFAULT_TENANT } from './auth/principal.ts';
import { AUDIT_USAGE, manageAudit } from './cli-audit.ts';
import { ingestPaths } from './cli-ingest.ts';
import { KEYS_USAGE, manageKeys } from './cli-keys.ts';
import { expectClosedPipes, OutputClosed, print, unknownCommand } from './cli-output.ts';
import { reindexAll } from './cli-reindex.ts';
import { showUsage, USAGE_USAGE } from './cli-usage.ts';
import { packageVersion } from './config/package-root.ts';
import { reasonOf } from './reason.ts';

const INGEST_USAGE = `  sallyport ingest [options] PATH... ingest files and folders
      --tenant NAME                  whose documents they become (${DEFAULT_TENANT})
      --group NAME                   who may retrieve them; may be repeated (as before, or everyone in the tenant)
      --everyone                     everyone in the tenant may, whatever was named before
      --prefix TEXT                  put before each source, which is a file's place in the folder that is named
`;

type Command = { usage: string; run: (args: string[]) => Promise<number> };

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { usage: '  sallyport serve                    start the server\n', run: serve },
  ingest: { usage: INGEST_USAGE, run: ingest },
  reindex: {
    usage: '  sallyport reindex                  make the index anew with the embedder of the settings\n',
    run: (args) => (parseArgs({ args, options: {} }), reindexAll()),
  },
  keys: { usage: KEYS_USAGE, run: manageKeys },
  usage: { usage: USAGE_USAGE, run: showUsage },
  audit: { usage: AUDIT_USAGE, run: manageAudit },
};

const USAGE = `sallyport ${packageVersion}

${Object.values(COMMANDS)
  .map(({ usage }) => usage)
  .join('')}
Settings are read from the environment and from .env; README.md lists them.
`;

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const asks = (...options: string[]) => options.some((option) => [name, ...args].includes(option));
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (asks('--help', '-h')) await print(command?.usage ?? USAGE);
  else if (name === '--version') await print(`${packageVersion}\n`);
  else if (command) return command.run(args);
  else return unknownCommand(name);
  return 0;
}

async function serve(args: string[]): Promise<number> {
  parseArgs({ args, options: {} });
  await import('./server.ts');
  return 0;
}

async function ingest(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: 'string', default: DEFAULT_TENANT },
      group: { type: 'string', multiple: true, default: [] },
      everyone: { type: 'boolean', default: false },
      prefix: { type: 'string', default: '' },
    },
  });
  if (positionals.length === 0) {
    process.stderr.write(`sallyport: say which files or folders to ingest\n${INGEST_USAGE}`);
    return 2;
  }
  const { tenant, group: groups, everyone, prefix } = values;
  return ingestPaths(positionals, { tenant, groups, everyone, prefix });
}

expectClosedPipes();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof OutputClosed) return;
    const misread = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`sallyport: ${reasonOf(error)}${misread ? '; see sallyport --help' : ''}\n`);
    process.exitCode = misread ? 2 : 1;
  },
);
