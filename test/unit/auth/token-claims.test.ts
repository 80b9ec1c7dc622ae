import { describe, expect, test } from '@jest/globals';
import { NO_GROUP } from '../../../src/auth/principal.ts';
import { TokenRefused } from '../../../src/auth/token-refused.ts';
import { createTokens } from '../../../src/auth/tokens.ts';
import { parseSettings } from '../../../src/config/load.ts';
import { JWT_AUDIENCE, JWT_ENV, signToken } from '../../support/tokens.ts';

const read = (claims: Record<string, unknown>, environment: Record<string, string> = {}) =>
  createTokens(parseSettings({ ...JWT_ENV, ...environment }), Buffer.alloc(32, 7)).verify(signToken(claims));

describe('the claims of a token', () => {
  test('say who, of which tenant and groups, may do what', async () => {
    const claims = { sub: 'ada', tenant: 'acme', groups: ['staff', 'board'], scope: 'query audit' };
    expect(await read(claims)).toEqual({
      subject: 'ada',
      tenant: 'acme',
      groups: ['staff', 'board'],
      scopes: ['query', 'audit'],
    });
  });

  test('give nothing that they do not say', async () => {
    expect(await read({ sub: 'ada', scope: undefined })).toEqual({
      subject: 'ada',
      tenant: 'default',
      groups: [],
      scopes: [],
    });
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['`scopes` goes before `scope`', { scope: 'admin', scopes: ['query'] }, ['query']],
    ['either may be a list or a text', { scope: ['query', 'ingest'] }, ['query', 'ingest']],
    ['unknown names are passed over', { scope: 'query openid profile * ADMIN' }, ['query']],
    ['an empty one is none', { scope: '' }, []],
    ['what is no name gives nothing', { scope: undefined, scopes: ['query', 1, { admin: true }] }, ['query']],
    ['what is no list gives nothing', { scope: undefined, scopes: { admin: true } }, []],
    ['behind the name of this service', { scope: 'sallyport/query sallyport:ingest' }, ['query', 'ingest']],
    ['behind that of the audience', { aud: undefined, scope: `${JWT_AUDIENCE}.audit` }, ['audit']],
    ['behind an App ID URI', { scope: 'api://0f9a/query' }, ['query']],
    ['of another service they give nothing', { scope: 'billing/admin https://graph.example/query' }, []],
    ['without a prefix nothing is left of one', { scope: '/admin :query' }, []],
    ['as Entra ID and Okta call them', { scope: undefined, scp: ['query'] }, ['query']],
    ['as Auth0 calls them', { scope: 'openid', permissions: ['query', 'audit'] }, ['query', 'audit']],
    ['as roles', { scope: 'openid', roles: ['query', 'ingest'] }, ['query', 'ingest']],
    ['roles do not widen scopes', { scope: 'query', roles: ['ingest'] }, ['query']],
    [
      'an administrator or auditor of a realm is none here',
      { scope: '', realm_access: { roles: ['admin', 'audit', 'release', 'metrics', 'query'] } },
      ['query'],
    ],
    ['unless of this service', { scope: '', roles: ['sallyport.admin'] }, ['admin']],
  ])('hold scopes: %s', async (_name, claims, scopes) => {
    expect(await read(claims)).toMatchObject({ scopes });
  });

  test('may name no scope at all, where the settings say what that means', async () => {
    const environment = { JWT_DEFAULT_SCOPES: 'query' };
    expect(await read({ scope: undefined }, environment)).toMatchObject({ scopes: ['query'] });
    expect(await read({ scope: 'audit' }, environment)).toMatchObject({ scopes: ['audit'] });
    expect(() => parseSettings({ JWT_DEFAULT_SCOPES: 'admin' })).toThrow('JWT_DEFAULT_SCOPES');
  });

  const many = Array.from({ length: 200 }, (_, n) => `group ${n}`);
  test.each<[string, Record<string, unknown>, object]>([
    ['two hundred', { groups: many }, { groups: many }],
    ['one of a long name', { groups: ['a'.repeat(300)] }, { groups: ['a'.repeat(300)] }],
    ['one that is no list', { groups: 'the board' }, { groups: ['the board'] }],
    ['none', { groups: null }, { groups: [] }],
    ['those of Cognito', { 'cognito:groups': ['staff'] }, { groups: ['staff'] }],
    [
      'those that stand elsewhere',
      { _claim_names: { groups: 'src1' } },
      { groups: [NO_GROUP], groupsLeftOut: true },
    ],
    ['those that fit into no URL', { hasgroups: true }, { groups: [NO_GROUP], groupsLeftOut: true }],
  ])('may hold groups: %s', async (_name, claims, expected) => {
    expect(await read(claims)).toMatchObject(expected);
  });

  test('must name a tenant, where the settings say so', async () => {
    const environment = { JWT_REQUIRE_TENANT: 'true' };
    expect(await read({}, environment)).toMatchObject({ reason: 'without_tenant' });
    expect(await read({ tenant: 'acme' }, environment)).toMatchObject({ tenant: 'acme' });
  });

  test('may be called as another issuer calls them, by path or with dots in the name', async () => {
    const environment = {
      JWT_SUBJECT_CLAIM: 'email',
      JWT_TENANT_CLAIM: 'https://acme.example/tenant',
      JWT_SCOPES_CLAIM: 'realm_access.roles',
      JWT_GROUPS_CLAIM: 'resource_access.sallyport.group',
    };
    const claims = {
      email: 'ada@acme.example',
      'https://acme.example/tenant': 'acme',
      realm_access: { roles: ['query', 'offline_access'] },
      resource_access: { sallyport: { group: 'staff' } },
      // Not what the settings name, so nothing here counts.
      sub: 'eve',
      tenant: 'evil',
      scope: 'admin',
      groups: ['board'],
    };
    expect(await read(claims, environment)).toEqual({
      subject: 'ada@acme.example',
      tenant: 'acme',
      scopes: ['query'],
      groups: ['staff'],
    });
    expect(await read({ ...claims, email: undefined }, environment)).toBeInstanceOf(TokenRefused);
  });

  test.each(['constructor.name', '__proto__', 'sub.length', 'realm_access.roles'])(
    'are their own: %s is not found where nobody wrote it',
    async (claim) => {
      expect(await read({ realm_access: 'text' }, { JWT_SUBJECT_CLAIM: claim })).toBeInstanceOf(TokenRefused);
    },
  );

  test.each<[string, Record<string, unknown>]>([
    ['an empty subject', { sub: '' }],
    ['a subject without end', { sub: 'a'.repeat(201) }],
    ['the subject of a key', { sub: 'key:abcd1234' }],
    ['a tenant that is nothing', { tenant: null }],
    ['a tenant that is a list', { tenant: ['acme'] }],
    ['a tenant with a NUL', { tenant: 'a\0b' }],
    ['a number for a group', { groups: [1] }],
    ['groups that are an object', { groups: { staff: true } }],
  ])('are refused with %s', async (_name, claims) => {
    expect(await read(claims)).toBeInstanceOf(TokenRefused);
  });
});
