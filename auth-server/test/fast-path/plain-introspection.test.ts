/** Introspections that the fast path answers get the same answers as from the library. */
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import {
  accessToken,
  batch,
  batchRegistration,
  type Client,
  resourceServer,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';

const basic = ({ id, secret }: Client) => `Basic ${btoa(`${id}:${secret}`)}`;

/** Clients that cannot authenticate by a secret, or not any more. */
const others = {
  expired: { client_secret_expires_at: 1 },
  public: { token_endpoint_auth_method: 'none', client_secret: undefined },
  signing: { token_endpoint_auth_method: 'client_secret_jwt' },
};
const secret = 'a-secret-of-at-least-thirty-two-characters';

const start = async () =>
  startAuthServer({
    FAST_PATH: 'on',
    CLIENTS_FILE: await temporaryFile([
      batchRegistration,
      ...Object.entries(others).map(([client_id, more]) => ({
        client_id,
        client_secret: secret,
        grant_types: [],
        response_types: [],
        resource: 'http://localhost:5002',
        ...more,
      })),
    ]),
  });

/** Headers that only browsers read, and headers that differ between any two answers. */
const OF_NO_INTEREST =
  /^(access-control-.*|vary|content-security-policy|referrer-policy|x-(content-type|frame)-options|date|x-request-id)$/;

async function contentOf(response: Response) {
  const headers = [...response.headers].filter(([name]) => !OF_NO_INTEREST.test(name));
  return { status: response.status, headers, body: (await response.json()) as { active?: boolean } };
}

/** The answer, which must equal the library's; a path with a slash at the end always goes to the library. */
async function sameAnswer(issuer: string, form: string, headers: Record<string, string>) {
  const ask = async (path: string) => {
    const response = await fetch(`${issuer}${path}`, {
      method: 'POST',
      body: form,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
    // Only the library's own answers vary by origin.
    const byLibrary = response.headers.get('vary') === 'Origin';
    return { ...(await contentOf(response)), byLibrary };
  };
  // The library first: that a secret from an address is right it has to see once.
  const [library, { byLibrary, ...answer }] = [await ask('/introspect/'), await ask('/introspect')];
  expect({ ...answer, byLibrary: true }).toEqual(library);
  return { ...answer, byLibrary };
}

test.each([
  ['a user, to the API', 'user', resourceServer],
  ['a user, to its client', 'user', webapp],
  ['a user, to another client', 'user', batch],
  ['a client, to the API', 'client', resourceServer],
  ['a client, to itself', 'client', batch],
  ['a client, to another', 'client', webapp],
] as const)('the token of %s is answered as the library answers', async (_who, owner, caller) => {
  const { issuer, requestToken, requestClientToken } = await start();
  const token = await accessToken(await (owner === 'user' ? requestToken() : requestClientToken()));
  const { body, byLibrary } = await sameAnswer(issuer, `token=${token}`, { authorization: basic(caller) });
  expect(body.active).toBe(!byLibrary);
});

test('a token that is bound to a key is answered as the library answers', async () => {
  const { issuer } = await start();
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const proof = await new SignJWT({ htu: `${issuer}/token`, htm: 'POST', jti: randomUUID() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .setIssuedAt()
    .sign(privateKey);
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    headers: { authorization: basic(batch), dpop: proof },
  });
  const token = await accessToken(response);
  const { body, byLibrary } = await sameAnswer(issuer, `token=${token}`, {
    authorization: basic(resourceServer),
  });
  expect(byLibrary).toBe(false);
  expect(body).toMatchObject({ token_type: 'DPoP', cnf: { jkt: await calculateJwkThumbprint(jwk) } });
});

test.each([
  ['nothing special', {}, ''],
  ['a hint', {}, '&token_type_hint=access_token'],
  ['two hints', {}, '&token_type_hint=access_token&token_type_hint=x'],
  ['two tokens', {}, '&token=x'],
  ['an unknown parameter', {}, '&more=x'],
  ['the client named twice', {}, '&client_id=resource-server'],
  ['another client named in the form', {}, '&client_id=1234'],
  ['a second secret', {}, '&client_secret=asdfgh'],
  ['JSON accepted', { accept: 'application/json' }, ''],
  ['a page accepted', { accept: 'text/html' }, ''],
  ['an origin', { origin: 'https://spa.example' }, ''],
  ['a wrong secret', { authorization: basic({ ...resourceServer, secret: 'wrong' }) }, ''],
  ['an unknown client', { authorization: basic({ id: 'nobody', secret: 'x' }) }, ''],
  ['a secret with a colon', { authorization: basic({ id: 'resource-server', secret: 'asdfgh:' }) }, ''],
  ['an encoded secret', { authorization: basic({ id: 'resource-server', secret: '%61sdfgh' }) }, ''],
  ['an encoded id', { authorization: basic({ id: 'resource%2Dserver', secret: 'asdfgh' }) }, ''],
  ['a secret that decodes badly', { authorization: basic({ id: 'resource-server', secret: '%' }) }, ''],
  ['no secret', { authorization: basic({ id: 'resource-server', secret: '' }) }, ''],
  ['no credentials', { authorization: '' }, ''],
  ['credentials of another scheme', { authorization: 'Bearer asdfgh' }, ''],
  ['credentials that are not Base64', { authorization: 'Basic ***' }, ''],
  ['the scheme in lower case', { authorization: basic(resourceServer).replace('Basic', 'basic') }, ''],
  ['two blanks', { authorization: basic(resourceServer).replace(' ', '  ') }, ''],
  ['Base64 that is cut off', { authorization: basic(resourceServer).slice(0, -3) }, ''],
  ['Base64 without its padding', { authorization: basic(resourceServer).replace(/=+$/, '') }, ''],
  ['Base64 with too much padding', { authorization: `${basic(resourceServer)}==` }, ''],
  ['an attestation besides', { 'oauth-client-attestation': 'x' }, ''],
  ['an attestation proof besides', { 'oauth-client-attestation-pop': '' }, ''],
  ['another charset', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, ''],
])('a request with %s is answered as the library answers', async (_what, headers, more) => {
  const { issuer, requestToken } = await start();
  const token = await accessToken(await requestToken());
  const request = { authorization: basic(resourceServer), ...headers };
  await sameAnswer(issuer, `token=${token}${more}`, request);
});

test.each(Object.keys(others))('a client that is %s is answered as the library answers', async (id) => {
  const { issuer, requestToken } = await start();
  const token = await accessToken(await requestToken());
  const authorization = basic({ id, secret });
  const { status } = await sameAnswer(issuer, `token=${token}`, { authorization });
  expect(status).toBeGreaterThanOrEqual(400);
});

test.each([
  ['is cut off', (token: string) => token.slice(0, -3)],
  ['says something else', (token: string) => token.replace(/\.[^.]+\./, `.${btoa('{"sub":"mallory"}')}.`)],
  ['has lost its signature', (token: string) => token.replace(/[^.]+$/, '')],
  ['is not a JWT', () => 'opaque'],
])('a token that %s is answered as the library answers', async (_what, change) => {
  const { issuer, requestToken } = await start();
  const token = change(await accessToken(await requestToken()));
  const { body } = await sameAnswer(issuer, `token=${token}`, { authorization: basic(resourceServer) });
  expect(body).toEqual({ active: false });
});

test.each([
  'application/json;q=0, */*',
  'application/json;q=.5, */*',
  '*/*, application/json;q=.9',
  'application/token-introspection+jwt',
])('a caller that accepts %s gets a signed answer', async (accept) => {
  const { issuer, requestToken } = await start();
  const response = await fetch(`${issuer}/introspect`, {
    method: 'POST',
    body: new URLSearchParams({ token: await accessToken(await requestToken()) }),
    headers: { authorization: basic(resourceServer), accept },
  });
  expect(response.headers.get('content-type')).toMatch('application/token-introspection+jwt');
});

test('the log names the client that asked and the user of the token', async () => {
  const { lines, requestToken, introspect } = await start();
  await introspect(await accessToken(await requestToken()));
  expect(lines.filter(({ path }) => path === '/introspect')).toMatchObject([
    { clientId: resourceServer.id, user: 'alice', status: 200 },
  ]);
});
