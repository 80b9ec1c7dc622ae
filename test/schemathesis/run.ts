/**
 * `npm run test:schemathesis`: starts a server of its own and lets Schemathesis (PyPI, `.ci/requirements.txt`) hold it to its
 * OpenAPI document. SCHEMATHESIS names the program where it is not in the PATH. Arguments are passed on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../support/start-server.ts';

const program = process.env.SCHEMATHESIS ?? 'schemathesis';
const configuration = join(import.meta.dirname, 'schemathesis.toml');
const hooks = join(import.meta.dirname, 'hooks.py');
/** For what it remembers between two runs: these begin anew. */
const folder = mkdtempSync(join(tmpdir(), 'sallyport-schemathesis-'));

const server = await startServer({ env: { LOG_LEVEL: 'error' } });
try {
  const args = [
    '--config-file',
    configuration,
    'run',
    `${server.url}/openapi.json`,
    '-H',
    `X-API-Key: ${server.key}`,
  ];
  const child = spawn(program, [...args, ...process.argv.slice(2)], {
    stdio: 'inherit',
    cwd: folder,
    env: { ...process.env, SCHEMATHESIS_HOOKS: hooks, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} catch (error) {
  console.error(
    `Schemathesis cannot be run (${(error as Error).message}): pip install -r .ci/requirements.txt`,
  );
  process.exitCode = 1;
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
