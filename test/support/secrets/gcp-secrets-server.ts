import jwt from 'jsonwebtoken';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import { join } from 'node:path';
import { decodeMessage, textOf } from '../protobuf.ts';
import { look, type SecretService } from './secret-service.ts';
import { createService, listen, makeTlsFolder, readBody } from './tls-service.ts';

const PATH = '/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion';
const NAME = /^projects\/library\/secrets\/([\w-]+)\/versions\/latest$/;
const EMAIL = 'sallyport@library.iam.gserviceaccount.com';
const [INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED] = [3, 5, 7, 12, 16];
const FAILURES = { missing: NOT_FOUND, denied: PERMISSION_DENIED };

/** A field of a protobuf message that holds bytes. */
const field = (number: number, bytes: Uint8Array): Buffer => {
  const length: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    length.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
};

const frame = (message: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** GCP Secret Manager: AccessSecretVersion over gRPC, for a service account that signs its own tokens. */
export const startGcpSecrets = async (): Promise<SecretService> => {
  const own = await makeTlsFolder();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const credentials = join(own.folder, 'service-account.json');
  await writeFile(
    credentials,
    JSON.stringify({
      type: 'service_account',
      project_id: 'library',
      private_key_id: 'k1',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: EMAIL,
      client_id: '100000000000000000000',
      token_uri: 'https://localhost:1/no-token-is-asked-for',
    }),
  );
  const isTrusted = (authorization = '') => {
    try {
      const key = publicKey.export({ type: 'spki', format: 'pem' });
      jwt.verify(authorization.replace(/^Bearer /, ''), key, { algorithms: ['RS256'], issuer: EMAIL });
      return true;
    } catch {
      return false;
    }
  };

  const server = createSecureServer({ ...own.tls, allowHTTP1: false });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    void (async () => {
      const name = textOf(decodeMessage((await readBody(stream)).subarray(5)), 1);
      if (service.manners === 'hangs') return;
      const reply = (status: number, message?: Buffer) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.once('wantTrailers', () =>
          stream.sendTrailers({
            'grpc-status': String(status),
            'grpc-message': 'the service: its own words',
          }),
        );
        stream.end(message && frame(message));
      };
      if (headers[':path'] !== PATH) {
        reply(UNIMPLEMENTED);
        return;
      }
      if (service.manners === 'distrusts' || !isTrusted(headers.authorization)) {
        reply(UNAUTHENTICATED);
        return;
      }
      const [, secret] = NAME.exec(name) ?? [];
      if (secret === undefined) {
        reply(INVALID_ARGUMENT);
        return;
      }
      const found = look(service, secret);
      if (typeof found === 'string') {
        reply(FAILURES[found]);
        return;
      }
      reply(
        0,
        Buffer.concat([
          field(1, Buffer.from(name.replace('latest', '3'))),
          field(2, field(1, Buffer.from(found.value))),
        ]),
      );
    })();
  });
  const { port, stop } = await listen(server);
  const env = {
    SECRETS_PROVIDER: 'gcp',
    SECRETS_ENDPOINT: `https://localhost:${port}`,
    GOOGLE_APPLICATION_CREDENTIALS: credentials,
    // Where the machine has set this, gRPC trusts nothing else.
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: own.certFile,
  };
  const service = createService(own, env, stop);
  return service;
};
