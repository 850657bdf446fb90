/** The revocation endpoint (RFC 7009), for tokens that are JWTs. */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  accessToken,
  batch,
  batchRegistration,
  expectRefusal,
  resourceServer,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';
import { startReplicas } from '../support/replicas.ts';

afterEach(() => void vi.useRealTimers());

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([batchRegistration]) });
type AuthServer = Awaited<ReturnType<typeof start>>;

const isActive = async ({ introspect }: Pick<AuthServer, 'introspect'>, token: string) =>
  ((await (await introspect(token)).json()) as { active: boolean }).active;

async function expectDone(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
}

describe.each([
  ["a user's token", webapp, (server: AuthServer) => server.requestToken()],
  ["a client's own token", batch, (server: AuthServer) => server.requestClientToken()],
] as const)('%s', (_what, client, request) => {
  test('is inactive at the very next introspection, and other tokens are not', async () => {
    const server = await start();
    const [token, other] = [
      await accessToken(await request(server)),
      await accessToken(await request(server)),
    ];
    expect(await isActive(server, token)).toBe(true);
    await expectDone(await server.revoke(token, client));
    expect(await (await server.introspect(token)).json()).toEqual({ active: false });
    expect(await isActive(server, other)).toBe(true);
  });

  test.each(['access_token', 'refresh_token', 'nonsense'])('is revoked with the hint %s', async (hint) => {
    const server = await start();
    const token = await accessToken(await request(server));
    await expectDone(await server.post('/revoke', { token, token_type_hint: hint }, client));
    expect(await isActive(server, token)).toBe(false);
  });

  test('stays inactive until it expires, and after that', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T06:11:11.999Z') });
    const server = await start();
    const token = await accessToken(await request(server));
    await server.revoke(token, client);
    const expiry = (decodeJwt(token).exp ?? 0) * 1000;
    for (const moment of [expiry - 1, expiry, expiry + 1]) {
      vi.setSystemTime(moment);
      expect(await isActive(server, token)).toBe(false);
    }
  });

  test('can be revoked twice', async () => {
    const server = await start();
    const token = await accessToken(await request(server));
    await expectDone(await server.revoke(token, client));
    await expectDone(await server.revoke(token, client));
  });

  test('stays active when another client asks, which is refused', async () => {
    const server = await start();
    const token = await accessToken(await request(server));
    const others = [webapp, batch, resourceServer].filter(({ id }) => id !== client.id);
    for (const other of others)
      await expectRefusal(await server.revoke(token, other), 400, 'invalid_request');
    expect(await isActive(server, token)).toBe(true);
  });

  test('stays active when the request has no authentication', async () => {
    const server = await start();
    const token = await accessToken(await request(server));
    await expectRefusal(await server.post('/revoke', { token }), 401, 'invalid_client');
    const guess = { id: client.id, secret: 'wrong' };
    await expectRefusal(await server.revoke(token, guess), 401, 'invalid_client');
    expect(await isActive(server, token)).toBe(true);
  });

  test('is logged by its id when it is revoked, and never as a whole', async () => {
    const server = await start();
    const token = await accessToken(await request(server));
    await server.revoke(token, client);
    const { jti } = decodeJwt(token);
    expect(server.lines).toContainEqual(expect.objectContaining({ event: 'token.revoked', jti }));
    expect(JSON.stringify(server.lines)).not.toContain(token.split('.')[2]);
  });
});

test("a token of an API whose tokens live longer stays revoked for the token's own life", async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  const { first: server } = await startReplicas({ accessTokenTTL: 60 });
  const request = { grant_type: 'password', username: 'alice', password: 'wonderland' };
  const [token, other] = [
    await accessToken(await server.post('/token', request, webapp)),
    await accessToken(await server.post('/token', request, webapp)),
  ];
  await expectDone(await server.revoke(token));
  // Long enough for the list of revocations to forget what has expired.
  vi.advanceTimersByTime(50_000);
  expect(await isActive(server, token)).toBe(false);
  expect(await isActive(server, other)).toBe(true);
});

test.each(['garbage', 'a.b.c', 'a.b.c.d.e', 'jwt:a.b.c', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..b.c.d'])(
  'revoking %s, which is no token, is a success, because the client need do nothing about it',
  async (token) => {
    const { revoke } = await startAuthServer();
    await expectDone(await revoke(token));
  },
);

test('a revocation without a token is refused', async () => {
  const { post } = await startAuthServer();
  await expectRefusal(await post('/revoke', {}, webapp), 400, 'invalid_request');
});

test('a client that accepts only JSON is answered in JSON', async () => {
  const { issuer } = await startAuthServer();
  const response = await fetch(`${issuer}/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: 'garbage' }),
    headers: { accept: 'application/json', authorization: `Basic ${btoa(`${webapp.id}:${webapp.secret}`)}` },
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({});
});
