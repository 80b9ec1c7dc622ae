import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = (name: string) => new URL(`../../src/${name}.ts`, import.meta.url).href;

/** The last that a start does is to say what is to be measured. */
const PROGRAM = `
  import { compose } from '${source('compose')}';
  import { composeTelemetry } from '${source('compose-telemetry')}';
  import { parseSettings } from '${source('config/load')}';
  const openTelemetry = (settings, logger) => {
    const telemetry = composeTelemetry(settings, logger);
    const gauge = () => { throw new Error('no gauges today'); };
    return { ...telemetry, metrics: { ...telemetry.metrics, gauge } };
  };
  await compose(parseSettings({ ...process.env, NODE_ENV: 'test', ADMIN_API_KEYS: 'k'.repeat(24) }), { openTelemetry })
    .catch((error) => console.log('failed: ' + error.message));`;

describe('an application whose start fails near its end', () => {
  test('leaves nothing running: the program ends by itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-failed-'));
    const program = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      env: { PATH: process.env.PATH, DATA_DIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [program.stdout, program.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
    const patience = setTimeout(() => program.kill('SIGKILL'), 60_000);
    const [code] = (await once(program, 'exit')) as [number | null];
    clearTimeout(patience);
    rmSync(folder, { recursive: true, force: true });
    expect([output.trim(), code]).toEqual(['failed: no gauges today', 0]);
  }, 90_000);
});
