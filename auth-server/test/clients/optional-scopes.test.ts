/** What users may leave out of what a client asks for (`optional_scopes`) is for whoever registers the client to say. */
import { describe, expect, test } from 'vitest';
import { bodyOf, startAdminApi } from '../admin/admin-api.ts';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { cliRegistration } from '../support/code-flow.ts';
import { metadata, startRegistry } from '../support/registry.ts';

const optional_scopes = ['email', 'current_time'];

const malformed: [what: string, value: unknown][] = [
  ['a text', 'email current_time'],
  ['two scopes in one', ['email current_time']],
  ['an empty scope', ['']],
  ['a number', [1]],
  ['openid', ['email', 'openid']],
  ['too many', Array.from({ length: 201 }, (_, index) => `scope${index}`)],
];

describe('a client that registers itself', () => {
  test('may say what users may leave out', async () => {
    const { register } = await startRegistry();
    const response = await register({ ...metadata, optional_scopes });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ optional_scopes });
  });

  test.each(malformed)('is refused with %s', async (_what, value) => {
    const { register } = await startRegistry();
    const response = await register({ ...metadata, optional_scopes: value });
    await expectRefusal(response, 400, 'invalid_client_metadata');
  });
});

describe('an administrator', () => {
  test('may say what users may leave out', async () => {
    const { as, admin } = await startAdminApi();
    const { redirect_uris } = metadata;
    const created = await as(admin)('POST', '/clients', { redirect_uris, optional_scopes });
    expect(await bodyOf(created, 201)).toMatchObject({ optional_scopes });
  });

  test.each(malformed)('is refused with %s', async (_what, value) => {
    const { as, admin } = await startAdminApi();
    const response = await as(admin)('POST', '/clients', { optional_scopes: value });
    expect(response.status).toBe(400);
  });
});

test.each(malformed)('the server does not start with a client that has %s', async (_what, value) => {
  const CLIENTS_FILE = await temporaryFile([{ ...cliRegistration, optional_scopes: value }]);
  await expect(startAuthServer({ CLIENTS_FILE })).rejects.toThrow(
    /CLIENTS_FILE: client cli: optional_scopes/,
  );
});
