import { createServer as createProxy, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { look, type SecretService } from './secret-service.ts';
import { createService, listen, makeTlsFolder, readBody } from './tls-service.ts';

const LOGIN = 'login.microsoftonline.com';
const VAULT = 'library.vault.azure.net';
const TENANT = '11111111-2222-3333-4444-555555555555';
const CLIENT = {
  client_id: '66666666-7777-8888-9999-000000000000',
  client_secret: 'the-secret-of-the-client',
};
const TOKEN = 'a-token-of-the-local-issuer';
const FAILURES = { missing: [404, 'SecretNotFound'], denied: [403, 'Forbidden'] } as const;

const json = (response: ServerResponse, status: number, body: object, headers = {}): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body));

/** Whether the issuer is asked for a token for the vault, by a client that knows its secret. */
const isTrusted = (path: string, body: string): boolean => {
  const form = new URLSearchParams(body);
  return (
    path.startsWith(`/${TENANT}/oauth2/v2.0/token`) &&
    form.get('client_id') === CLIENT.client_id &&
    form.get('client_secret') === CLIENT.client_secret &&
    form.get('scope')?.split(' ').includes('https://vault.azure.net/.default') === true
  );
};

/**
 * Azure Key Vault and the issuer of its tokens, under their own names: the SDK sends a token to no other domain than the one it is
 * for. They are reached through a proxy, which everything goes through, and everything ends here.
 */
export const startAzureSecrets = async (): Promise<SecretService> => {
  const own = await makeTlsFolder(`DNS:${LOGIN},DNS:${VAULT}`);
  const server = createServer(own.tls, (request, response) => {
    void (async () => {
      const body = (await readBody(request)).toString('utf8');
      const { url: path = '', headers } = request;
      if (service.manners === 'hangs') return;
      if (headers.host === LOGIN) {
        if (service.manners !== 'distrusts' && isTrusted(path, body))
          json(response, 200, { token_type: 'Bearer', expires_in: 3_599, access_token: TOKEN });
        else json(response, 401, { error: 'invalid_client', error_description: 'the issuer’s own words' });
        return;
      }
      if (headers.authorization !== `Bearer ${TOKEN}`) {
        const challenge = `Bearer authorization="https://${LOGIN}/${TENANT}", resource="https://vault.azure.net"`;
        json(response, 401, { error: { code: 'Unauthorized' } }, { 'www-authenticate': challenge });
        return;
      }
      const [, name = ''] = /^\/secrets\/([\w-]+)\/?\?/.exec(path) ?? [];
      const found = look(service, name);
      if (typeof found !== 'string') {
        json(response, 200, {
          value: found.value,
          id: `https://${VAULT}/secrets/${name}/0123456789abcdef0123456789abcdef`,
          attributes: { enabled: true, created: 1_750_000_000, updated: 1_750_000_000 },
        });
        return;
      }
      const [status, code] = FAILURES[found];
      json(response, status, { error: { code, message: `the vault’s own words: ${name}` } });
    })();
  });
  const { port, stop: stopServer } = await listen(server);
  const proxy = createProxy().on('connect', (_request, client, head) => {
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  const { port: proxyPort, stop: stopProxy } = await listen(proxy);
  const env = {
    SECRETS_PROVIDER: 'azure',
    SECRETS_AZURE_VAULT_URL: `https://${VAULT}`,
    HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
    AZURE_TENANT_ID: TENANT,
    AZURE_CLIENT_ID: CLIENT.client_id,
    AZURE_CLIENT_SECRET: CLIENT.client_secret,
  };
  const service = createService(own, env, () => Promise.all([stopProxy(), stopServer()]));
  return service;
};
