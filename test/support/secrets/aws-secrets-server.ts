import { createServer } from 'node:https';
import { look, type SecretService } from './secret-service.ts';
import { createService, listen, makeTlsFolder, readBody } from './tls-service.ts';

const KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
const REGION = 'eu-central-1';
const SIGNED = new RegExp(
  `^AWS4-HMAC-SHA256 Credential=${KEY_ID}/\\d{8}/${REGION}/secretsmanager/aws4_request, SignedHeaders=\\S+, Signature=[0-9a-f]{64}$`,
);
const FAILURES = { missing: 'ResourceNotFoundException', denied: 'AccessDeniedException' };

/** AWS Secrets Manager: GetSecretValue in AWS JSON 1.1. Of a signature it looks at all but its sum. */
export const startAwsSecrets = async (): Promise<SecretService> => {
  const own = await makeTlsFolder();
  const server = createServer(own.tls, (request, response) => {
    void (async () => {
      const { SecretId } = JSON.parse((await readBody(request)).toString('utf8')) as { SecretId: string };
      if (service.manners === 'hangs') return;
      const reply = (status: number, body: object) =>
        void response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          .end(JSON.stringify(body));
      const fail = (type: string) =>
        reply(400, { __type: type, message: `the service's own words: ${type}` });
      if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') {
        fail('InvalidAction');
        return;
      }
      if (service.manners === 'distrusts' || !SIGNED.test(request.headers.authorization ?? '')) {
        fail('UnrecognizedClientException');
        return;
      }
      const found = look(service, SecretId);
      if (typeof found === 'string') {
        fail(FAILURES[found]);
        return;
      }
      reply(200, {
        ARN: `arn:aws:secretsmanager:${REGION}:123456789012:secret:${SecretId}-AbCdEf`,
        Name: SecretId,
        VersionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
        VersionStages: ['AWSCURRENT'],
        CreatedDate: 1_750_000_000.5,
        // What is no text was put in as bytes.
        ...(found.value.startsWith('base64:')
          ? { SecretBinary: found.value.slice('base64:'.length) }
          : { SecretString: found.value }),
      });
    })();
  });
  const { port, stop } = await listen(server);
  const env = {
    SECRETS_PROVIDER: 'aws',
    SECRETS_ENDPOINT: `https://localhost:${port}`,
    AWS_ACCESS_KEY_ID: KEY_ID,
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const service = createService(own, env, stop);
  return service;
};
