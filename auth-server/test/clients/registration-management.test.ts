/** What a client may do with its own registration (RFC 7592). */
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import { authorizationUrl, isActive, tokensFor } from '../support/code-flow.ts';
import { INITIAL_ACCESS_TOKEN, metadata, startRegistry } from '../support/registry.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('the registration of a client', () => {
  test('is read', async () => {
    const { client, manage } = await (await startRegistry()).registered();
    const response = await manage('GET');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ client_id: client.client_id, ...metadata });
  });

  test('is changed', async () => {
    const { server, registered } = await startRegistry();
    const { client, manage, codeClient } = await registered();
    const { client_id, client_secret } = client;
    const other = 'https://newcomer.example/other';
    const changed = { ...metadata, client_id, client_secret, redirect_uris: [other] };
    expect((await manage('PUT', changed)).status).toBe(200);
    const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, codeClient));
    expect(page.response.status).toBe(400);
    const url = authorizationUrl(server.issuer, { ...codeClient, redirectUri: other });
    expect((await new UserAgent(server.issuer).open(url)).heading).toBe('Sign in');
  });

  test.each([{ first_party: true }, { require_pkce: false }, { resource: 'http://localhost:5002' }])(
    'is not changed to %j',
    async (member) => {
      const { client, manage } = await (await startRegistry()).registered();
      const { client_id, client_secret } = client;
      const response = await manage('PUT', { ...metadata, client_id, client_secret, ...member });
      await expectRefusal(response, 400, 'invalid_client_metadata');
    },
  );

  test('is deleted, and ends the tokens of the client', async () => {
    const { server, registered } = await startRegistry();
    const { manage, codeClient } = await registered();
    const { access_token } = await tokensFor(server, codeClient);
    expect(await isActive(server, access_token)).toBe(true);
    expect((await manage('DELETE')).status).toBe(204);
    expect(await isActive(server, access_token)).toBe(false);
    expect((await manage('GET')).status).toBe(401);
    const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, codeClient));
    expect(page.response.status).toBe(400);
  });

  test.each(['GET', 'DELETE'])('is refused to a %s by another client', async (method) => {
    const { registered } = await startRegistry();
    const [ours, theirs] = [await registered(), await registered()];
    const tokens = ['guess', INITIAL_ACCESS_TOKEN, theirs.client.registration_access_token];
    for (const token of tokens) expect((await ours.manage(method, undefined, token)).status).toBe(401);
    expect((await ours.manage('GET')).status).toBe(200);
  });
});
