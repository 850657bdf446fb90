/** What our code assumes of oidc-provider about sessions and their pages, pinned on the bare library: an upgrade that changes it fails here. */
// Only src/oidc may import the library otherwise; these tests do so because the library is all that they test.
import { randomUUID } from 'node:crypto';
import { type AdapterPayload, type Configuration, Provider } from 'oidc-provider';
import { freePort, serve } from 'shared/test/serve.ts';
import { expect, test } from 'vitest';
import { makeKey } from '../support/auth-server.ts';
import { client, startBareProvider } from '../support/bare-provider.ts';
import { UserAgent } from '../support/user-agent.ts';

test('the library stores of a session what its class names, and keeps the state of one page there', async () => {
  const { provider } = await startBareProvider();
  const Session = provider.Session as unknown as (new (record: object) => object) & { IN_PAYLOAD: string[] };
  expect(Session.IN_PAYLOAD).toContain('state');
  expect(Object.getOwnPropertyDescriptor(Session, 'IN_PAYLOAD')?.configurable).toBe(true);
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => ['state', 'states'] });
  const session = new Session({ states: [1], other: 2 });
  expect(session).toMatchObject({ states: [1] });
  expect(session).not.toHaveProperty('other');
});

test('the library asks whether a code ends with its session before it stores the code, and tells of success before it stores the session', async () => {
  const records = new Map<string, AdapterPayload>();
  const stored: [model: string, payload: AdapterPayload][] = [];
  const adapter: Configuration['adapter'] = (model) => ({
    async upsert(id, payload) {
      records.set(`${model} ${id}`, structuredClone(payload));
      stored.push([model, structuredClone(payload)]);
    },
    find: async (id) => records.get(`${model} ${id}`),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => {},
    destroy: async (id) => void records.delete(`${model} ${id}`),
    revokeByGrantId: async () => {},
  });
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const redirectUri = 'https://client.example/';
  const provider = new Provider(issuer, {
    adapter,
    clients: [{ ...client, redirect_uris: [redirectUri] }],
    jwks: { keys: [(await makeKey('RS256')).jwk] },
    cookies: { keys: [randomUUID()] },
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    expiresWithSession: async (_ctx, source) => {
      Object.assign(source, { grantId: 'another' });
      return false;
    },
  });
  const seen: unknown[] = [];
  provider.on('authorization.success', ({ oidc }) => {
    const authorization = oidc.session?.authorizations?.client as { persistsLogout?: boolean };
    seen.push(authorization.persistsLogout);
    delete authorization.persistsLogout;
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const grant = new provider.Grant({ accountId: 'alice', clientId: client.client_id });
    grant.addOIDCScope('openid');
    const result = { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } };
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  });
  await serve(provider.callback(), port);
  const parameters = { client_id: client.client_id, response_type: 'code', scope: 'openid' };
  const url = `/auth?${new URLSearchParams({ ...parameters, redirect_uri: redirectUri })}`;
  expect((await new UserAgent(issuer).open(url)).target?.searchParams.has('code')).toBe(true);
  const [code, session] = ['AuthorizationCode', 'Session'].map(
    (model) => stored.findLast(([name]) => name === model)?.[1],
  );
  expect(code?.grantId).toBe('another');
  const grantId = stored.find(([model]) => model === 'Grant')?.[1].jti;
  expect(session?.authorizations?.client).toMatchObject({ grantId });
  expect(session?.authorizations?.client).not.toHaveProperty('persistsLogout');
  expect(seen).toEqual([true]);
});
