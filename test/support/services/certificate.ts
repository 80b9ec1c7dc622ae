import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Certificate = { certFile: string; keyFile: string; pem: string };

/** A throw-away certificate, by default for 127.0.0.1 and localhost, valid for a day; clients trust `pem` as their authority. */
export const makeCertificate = async (
  folder: string,
  names = 'DNS:localhost,IP:127.0.0.1',
): Promise<Certificate> => {
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', `subjectAltName=${names}`],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  return { certFile, keyFile, pem: await readFile(certFile, 'utf8') };
};
