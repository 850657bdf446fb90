/** What our code assumes of oidc-provider about tokens at introspection and revocation, pinned on the bare library: an upgrade that changes it fails here. */
import { describe, expect, test } from 'vitest';
import { aJwt, client, startBareProvider, storedToken } from '../support/bare-provider.ts';

describe.each(['/token/introspection', '/token/revocation'])('at %s', (path) => {
  test('the library refuses a JWT, and accepts one with a mark in front', async () => {
    const { callback, post } = await startBareProvider();
    await callback();
    const refused = await post(path, { ...client, token: aJwt });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'unsupported_token_type' });
    expect((await post(path, { ...client, token: `jwt:${aJwt}` })).status).toBe(200);
  });

  test('the library hands the whole token to the adapters of both models', async () => {
    const { calls, callback, post } = await startBareProvider();
    await callback();
    await post(path, { ...client, token: `jwt:${aJwt}` });
    expect(calls).toEqual(
      expect.arrayContaining([
        ['AccessToken', 'find', `jwt:${aJwt}`],
        ['ClientCredentials', 'find', `jwt:${aJwt}`],
      ]),
    );
  });

  test('the library takes the form from ctx.request.body if the request has been read', async () => {
    const { calls, provider, callback, post } = await startBareProvider();
    provider.use(async (ctx, next) => {
      for await (const _ of ctx.req);
      const body = new URLSearchParams({ ...client, token: 'put-in-its-place' }).toString();
      Object.assign(ctx.request, { body });
      await next();
    });
    await callback();
    expect((await post(path, { ...client, token: 'as-it-was-sent' })).status).toBe(200);
    expect(calls).toContainEqual(['AccessToken', 'find', 'put-in-its-place']);
    expect(JSON.stringify(calls)).not.toContain('as-it-was-sent');
  });
});

describe.each(['AccessToken', 'ClientCredentials'])('a token that the adapter of %s finds', (model) => {
  test('is introspected, with all of its extra claims', async () => {
    const { callback, post } = await startBareProvider({ [`${model} marked`]: storedToken(model) });
    await callback();
    const answer = await (await post('/token/introspection', { ...client, token: 'marked' })).json();
    const { jti, iat, exp, aud, scope } = storedToken(model);
    expect(answer).toMatchObject({ active: true, client_id: 'client', from: 'extra', jti, aud, scope });
    expect(answer).toMatchObject({ iat: expect.closeTo(iat ?? 0, -1), exp: expect.closeTo(exp ?? 0, -1) });
  });

  test('is destroyed by its jti when it is revoked, and the context then holds it', async () => {
    const stored = storedToken(model);
    const { calls, destroyed, callback, post } = await startBareProvider({ [`${model} marked`]: stored });
    await callback();
    expect((await post('/token/revocation', { ...client, token: 'marked' })).status).toBe(200);
    expect(calls).toContainEqual([model, 'destroy', 'the-jti']);
    expect(destroyed).toEqual([stored.exp]);
  });
});

test('while a record is stored, the library tells the address and the client of the request', async () => {
  const { storers, callback, post } = await startBareProvider();
  await callback();
  expect((await post('/token', { ...client, grant_type: 'client_credentials' })).status).toBe(200);
  const [{ address = '', ...storer } = {}] = storers;
  expect(address).toMatch(/127\.0\.0\.1$/);
  expect(storer).toEqual({ client: client.client_id, by: 'client_secret_basic' });
});
