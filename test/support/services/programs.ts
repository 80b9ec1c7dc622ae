import { findBinary } from './find-binary.ts';
import { leftOut, provided, type StartService } from './service.ts';

type Program = { variable: string; names: string[]; needs?: string };

/** A program that tests start by themselves, each with settings of its own: only its path is handed on. */
const program =
  ({ variable, names, needs }: Program): StartService =>
  async () => {
    const path = process.env[variable] ?? findBinary(...names);
    if (!path) return leftOut('not installed');
    if (needs && !findBinary(needs)) return leftOut(`${needs} is not installed`);
    return provided(path, { [variable]: path });
  };

/** Its certificate is made by openssl. */
export const findNginx = program({ variable: 'TEST_NGINX_BIN', names: ['nginx'], needs: 'openssl' });
export const findOpenssl = program({ variable: 'TEST_OPENSSL_BIN', names: ['openssl'] });
export const findChromium = program({
  variable: 'TEST_CHROMIUM_BIN',
  names: ['chromium', 'chromium-browser', 'google-chrome'],
});
