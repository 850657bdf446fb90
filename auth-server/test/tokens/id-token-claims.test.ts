/** ID tokens with the claims about the user, for clients that read no other place: `claims_in_id_token`. */
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  type CodeClient,
  cliRegistration,
  confirmDevice,
  refresh,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { begin } from '../support/device.ts';

const client: CodeClient = { id: 'authjs', secret: 'zxcvbn', redirectUri: 'https://app.example/callback' };
const registration = {
  ...cliRegistration,
  client_id: client.id,
  client_secret: client.secret,
  application_type: 'web',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: [client.redirectUri],
};

const PROFILE = {
  name: 'Alice Example',
  given_name: 'Alice',
  family_name: 'Example',
  preferred_username: 'alice',
};
const EMAIL = { email: 'alice@example.com', email_verified: false };

const start = async (members: object) =>
  startAuthServer({ CLIENTS_FILE: await temporaryFile([{ ...registration, ...members }]) });

/** The claims about the user in an ID token. */
function claimsIn(idToken: string) {
  const { iss, aud, sub, exp, iat, at_hash, auth_time, sid, nonce, ...claims } = decodeJwt(idToken);
  return claims;
}

test.each<[scope: string, claims: object]>([
  ['openid', {}],
  ['openid profile', PROFILE],
  ['openid email', EMAIL],
  ['openid profile email', { ...PROFILE, ...EMAIL }],
  ['openid profile current_time', PROFILE],
])('a client that asks for it gets exactly the claims of "%s" in the ID token', async (scope, claims) => {
  const server = await start({ claims_in_id_token: true });
  const tokens = await tokensFor(server, client, { scope });
  expect(claimsIn(tokens.id_token)).toEqual(claims);
});

test('a refresh gives the same claims, or those of the scopes that it asks for', async () => {
  const server = await start({ claims_in_id_token: true });
  const { refresh_token } = await tokensFor(server, client, { scope: 'openid profile email' });
  const same = await tokensOf(await refresh(server, refresh_token, client));
  expect(claimsIn(same.id_token)).toEqual({ ...PROFILE, ...EMAIL });
  const fewer = await tokensOf(await refresh(server, same.refresh_token, client, { scope: 'openid email' }));
  expect(claimsIn(fewer.id_token)).toEqual(EMAIL);
});

test('a device gets them, too', async () => {
  const server = await start({ claims_in_id_token: true });
  const { device, poll, browser } = await begin(server, { ...client, secret: 'zxcvbn' }, 'openid email');
  await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
  expect(claimsIn((await tokensOf(await poll())).id_token)).toEqual(EMAIL);
});

test.each([{}, { claims_in_id_token: false }])(
  'a client registered with %j finds them at userinfo only',
  async (members) => {
    const server = await start(members);
    const { id_token, access_token } = await tokensFor(server, client, { scope: 'openid profile' });
    expect(claimsIn(id_token)).toEqual({});
    const response = await fetch(`${server.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(await response.json()).toEqual({ sub: 'alice', ...PROFILE });
  },
);

test('a value that is not true or false keeps the server from starting', async () => {
  await expect(start({ claims_in_id_token: 'yes' })).rejects.toMatchObject({
    faults: [expect.stringContaining('claims_in_id_token must be true or false')],
  });
});
