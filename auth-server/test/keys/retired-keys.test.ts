/** Access tokens of a retired key, which stays published for longer than it may sign. */
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import { expect, test } from 'vitest';
import { indexedApis } from '../../src/core/apis/apis.ts';
import { clockApi } from '../../src/core/apis/built-in-apis.ts';
import { knownIn } from '../../src/core/clients/client-registration.ts';
import { stagesAt } from '../../src/core/keys/key-stages.ts';
import { makeKey, signingKeysOf } from '../../src/oidc/keys/provider-keys.ts';
import { jwtAccessTokens } from '../../src/oidc/tokens/jwt-access-tokens.ts';
import { memoryClients } from '../../src/stores/fixed-clients.ts';
import { memoryRevocations } from '../../src/stores/memory/revocations.ts';
import { webapp } from '../support/auth-server.ts';
import { api } from '../support/code-flow.ts';
import { forgedToken } from '../support/forged-tokens.ts';

const DAY = 24 * 60 * 60_000;
const issuer = 'https://issuer.example';
const client = { client_id: webapp.id, grant_types: [], response_types: [], redirect_uris: [] };

/**
 * Whether a token is active if it is made now with an RS256 key that was replaced this many seconds ago.
 *
 * @param named whether the token names the key by its `kid`
 */
async function isGoodWhenRetiredFor(seconds: number, named = true): Promise<boolean> {
  const now = Date.now();
  const key = async (signsFrom: number) => ({
    ...(await makeKey('RS256')),
    alg: 'RS256',
    createdAt: signsFrom,
    signsFrom,
  });
  const old = await key(now - DAY);
  const keys = [old, await key(now - seconds * 1_000)];
  const published = stagesAt(keys, now, { maxAgeMs: 90 * DAY, publishMs: 0, retireMs: () => DAY });
  expect(published.map(({ key: { kid } }) => kid)).toContain(old.kid);
  const { verify } = jwtAccessTokens({
    issuer,
    keys: signingKeysOf(published, 'RS256'),
    apis: indexedApis([clockApi(api, 'RS256', TIME_SCOPES)]),
    revocations: memoryRevocations(),
    clients: knownIn(memoryClients([client])),
    originStands: async () => true,
  });
  const { kid, ...unnamed } = old.jwk;
  const token = await forgedToken(issuer, named ? { ...unnamed, kid } : unnamed);
  return (await verify(token)) !== undefined;
}

test('a key may sign for a while after it has retired, because replicas do not notice at once', async () => {
  expect(await isGoodWhenRetiredFor(25)).toBe(true);
});

test('a token that a key signs later is inactive, though the key is still published for ID tokens', async () => {
  expect(await isGoodWhenRetiredFor(35)).toBe(false);
});

test('a token that a key signs later without naming the key is inactive too', async () => {
  expect(await isGoodWhenRetiredFor(35, false)).toBe(false);
});
