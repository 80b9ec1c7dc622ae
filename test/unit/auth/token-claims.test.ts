import { describe, expect, test } from '@jest/globals';
import { createTokens } from '../../../src/auth/tokens.ts';
import { parseSettings } from '../../../src/config/load.ts';
import { JWT_ENV, signToken } from '../../support/tokens.ts';

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
  ])('hold scopes: %s', async (_name, claims, scopes) => {
    expect(await read(claims)).toMatchObject({ scopes });
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
    expect(await read({ ...claims, email: undefined }, environment)).toBeUndefined();
  });

  test.each(['constructor.name', '__proto__', 'sub.length', 'realm_access.roles'])(
    'are their own: %s is not found where nobody wrote it',
    async (claim) => {
      expect(await read({ realm_access: 'text' }, { JWT_SUBJECT_CLAIM: claim })).toBeUndefined();
    },
  );

  test.each<[string, Record<string, unknown>]>([
    ['an empty subject', { sub: '' }],
    ['a subject without end', { sub: 'a'.repeat(201) }],
    ['the subject of a key', { sub: 'key:abcd1234' }],
    ['a tenant that is nothing', { tenant: null }],
    ['a tenant that is a list', { tenant: ['acme'] }],
    ['a tenant with a NUL', { tenant: 'a\0b' }],
    ['scopes that are an object', { scopes: { admin: true } }],
    ['scopes that are not all names', { scopes: ['query', 1] }],
    ['a number for a group', { groups: [1] }],
    ['a group without end', { groups: ['a'.repeat(101)] }],
    ['a hundred and one groups', { groups: Array.from({ length: 101 }, (_, n) => `group ${n}`) }],
  ])('are refused with %s', async (_name, claims) => {
    expect(await read(claims)).toBeUndefined();
  });
});
