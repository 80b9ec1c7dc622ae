import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { freePort } from './free-port.ts';
import { startProcess } from './service-process.ts';

export type NginxOptions = {
  /** The nginx program: TEST_NGINX_BIN. */
  binary: string;
  /** Where the application listens, such as `127.0.0.1:8000`; each of its replicas, if there are several. */
  upstream: string | string[];
  /** A last change to the configuration, for what a test cannot wait for, such as a time-out. */
  adjust?: (configuration: string) => string;
};

export type Nginx = {
  httpPort: number;
  httpsPort: number;
  /** The certificate, for clients to trust. */
  pem: string;
  accessLog: () => Promise<string>;
  stop: () => Promise<void>;
};

const configuration = join(import.meta.dirname, '..', '..', '..', 'nginx.conf');

/** A replacement that finds nothing means that nginx.conf has moved on: better an error than another file tested. */
const replaceOnce = (text: string, from: string, to: string): string => {
  if (text.split(from).length !== 2) throw new Error(`nginx.conf should hold "${from}" exactly once`);
  return text.replace(from, () => to);
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** What nginx.conf says of each replica, in `upstream`. */
const PARAMETERS = ['max_fails=3 fail_timeout=3s;', 'max_fails=0 backup;'];

/** The lines for these replicas, in place of the one that is there and the one that is only written down. */
const replicaLines = ([first, ...further]: string[]): Record<string, string> =>
  Object.fromEntries(
    PARAMETERS.flatMap((parameters) => [
      [` server 127.0.0.1:8000 ${parameters}`, ` server ${first} ${parameters}`],
      [
        `# server 127.0.0.1:8001 ${parameters}`,
        further.map((address) => `server ${address} ${parameters}`).join(' ') || '#',
      ],
    ]),
  );

/** Runs the repository's own nginx.conf: only addresses, the certificate and the places it writes to are changed. */
export const startNginx = async ({
  binary,
  upstream,
  adjust = (same) => same,
}: NginxOptions): Promise<Nginx> => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-nginx-'));
  await chmod(folder, 0o711); // workers run as a user of their own and must reach their folders in it
  const { certFile, keyFile, pem } = await makeCertificate(folder);
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${folder}/${kind};\n`)
    .join('');
  const changes = {
    ...replicaLines([upstream].flat()),
    '/etc/nginx/tls/fullchain.pem': certFile,
    '/etc/nginx/tls/privkey.pem': keyFile,
    '/run/nginx.pid': `${folder}/nginx.pid`,
    '/var/log/nginx/error.log': `${folder}/error.log`,
    '/var/log/nginx/access.log': `${folder}/access.log`,
    '    listen 80 ': `    listen 127.0.0.1:${httpPort} `,
    '    listen 443 ': `    listen 127.0.0.1:${httpsPort} `,
    '\nhttp {\n': `\nhttp {\n${temporary}`,
  };
  const own = Object.entries(changes).reduce(
    (text, [from, to]) => replaceOnce(text, from, to),
    await readFile(configuration, 'utf8'),
  );
  await writeFile(join(folder, 'nginx.conf'), adjust(own));

  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const args = [
    '-p',
    folder,
    '-c',
    join(folder, 'nginx.conf'),
    '-e',
    join(folder, 'error.log'),
    '-g',
    'daemon off;',
  ];
  const nginx = await startProcess(binary, args, { isReady: () => accepts(httpsPort) }).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  return {
    httpPort,
    httpsPort,
    pem,
    accessLog: () => readFile(join(folder, 'access.log'), 'utf8'),
    stop: async () => {
      await nginx.stop();
      await remove();
    },
  };
};
