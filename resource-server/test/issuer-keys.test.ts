/** The issuer's keys: fetched when they are needed, kept, and fetched again when the issuer has new ones. */
import { type Answer, json } from 'shared/test/upstream.ts';
import { expectOutage, upstreamFailures } from 'shared/test/upstream-faults.ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type IssuerKey, issuerKey, jwks, jwt, signedAnswer, startWithIssuer } from './issuer.ts';

const first = await issuerKey('first');
const second = await issuerKey('second');

/**
 * Starts an issuer that signs with one key and publishes others; the test may change both. The clock stands still
 * until the test calls `later`.
 */
async function startRotating(signing: IssuerKey, ...published: IssuerKey[]) {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
  const state = { signing, published };
  const introspect = async (issuer: string) => {
    const claims = { iat: Math.floor(Date.now() / 1000) };
    return jwt(await signedAnswer(issuer, state.signing, { claims }));
  };
  const keys: Answer = (request, res) => jwks(...state.published)(request, res);
  const server = await startWithIssuer(introspect, keys);
  return { ...server, state, later, fetched: () => server.requestsTo('/jwks').length };
}

test('the keys are fetched once, when they are first needed', async () => {
  const { getWithToken, fetched } = await startRotating(first, first, second);
  expect(fetched()).toBe(0);
  for (let call = 0; call < 3; call++) expect((await getWithToken('/current_time')).status).toBe(200);
  expect(fetched()).toBe(1);
});

test('calls at the same time share one fetch', async () => {
  const { getWithToken, fetched } = await startRotating(first, first);
  const responses = await Promise.all(Array.from({ length: 8 }, () => getWithToken('/current_time')));
  expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(fetched()).toBe(1);
});

test('a new key is found, although it was unknown when the keys were fetched', async () => {
  const { getWithToken, fetched, state, later } = await startRotating(first, first);
  expect((await getWithToken('/current_time')).status).toBe(200);
  Object.assign(state, { signing: second, published: [first, second] });
  later(30_000);
  const responses = await Promise.all(Array.from({ length: 8 }, () => getWithToken('/current_time')));
  expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(fetched()).toBe(2);
});

test('the keys are fetched at most once in 30 seconds because of an unknown key', async () => {
  const { getWithToken, fetched, later } = await startRotating(second, first);
  await expectOutage(await getWithToken('/current_time'), [502]);
  later(29_999);
  await expectOutage(await getWithToken('/current_time'), [502]);
  expect(fetched()).toBe(1);
  later(1);
  await expectOutage(await getWithToken('/current_time'), [502]);
  await expectOutage(await getWithToken('/current_time'), [502]);
  expect(fetched()).toBe(2);
});

test('a key that the issuer has withdrawn is not trusted for longer than ten minutes', async () => {
  const { getWithToken, state, later } = await startRotating(first, first);
  expect((await getWithToken('/current_time')).status).toBe(200);
  state.published = [second];
  later(599_999);
  expect((await getWithToken('/current_time')).status).toBe(200);
  later(1);
  await expectOutage(await getWithToken('/current_time'), [502]);
});

test('an answer that does not name its key is verified with the only one that fits', async () => {
  const header = { kid: undefined };
  const introspect = async (issuer: string) => jwt(await signedAnswer(issuer, first, { header }));
  const { getWithToken } = await startWithIssuer(introspect, jwks(first, await issuerKey('rsa', 'RS256')));
  expect((await getWithToken('/current_time')).status).toBe(200);
});

test('JWKS_URI may lead elsewhere than to the issuer', async () => {
  const introspect = async (issuer: string) => jwt(await signedAnswer(issuer, first));
  const elsewhere = await startWithIssuer(introspect, jwks(first));
  const environment = { JWKS_URI: `${elsewhere.issuer}/keys` };
  const { getWithToken, requestsTo } = await startWithIssuer(introspect, json({ keys: [] }), { environment });
  expect((await getWithToken('/current_time')).status).toBe(200);
  expect(elsewhere.requestsTo('/keys')).toHaveLength(1);
  expect(requestsTo('/jwks')).toEqual([]);
});

test('the keys are not fetched while answers are plain', async () => {
  const environment = { INTROSPECTION_RESPONSE: 'json' };
  const { getWithToken, requestsTo } = await startWithIssuer(() => json({ active: false }), jwks(first), {
    environment,
  });
  expect((await getWithToken('/current_time')).status).toBe(401);
  expect(requestsTo('/jwks')).toEqual([]);
});

describe('when the server of the keys', () => {
  const introspect = async (issuer: string) => jwt(await signedAnswer(issuer, first));

  test.each(upstreamFailures({ keys: [first.jwk] }))(
    '$what, the answer is $statuses',
    async ({ start, statuses }) => {
      const environment = { JWKS_URI: `${await start()}/jwks` };
      const { getWithToken } = await startWithIssuer(introspect, jwks(first), { environment });
      await expectOutage(await getWithToken('/current_time'), statuses);
    },
  );

  test.each([
    ['has none', { keys: [] }],
    ['gives keys of no kind', { keys: [{}] }],
    ['gives keys that are broken', { keys: [{ ...first.jwk, x: 'AA' }] }],
    ['gives keys for encryption', { keys: [{ ...first.jwk, use: 'enc' }] }],
    ['gives a list', [first.jwk]],
  ])('%s, the answer is 502', async (_, body) => {
    const { getWithToken } = await startWithIssuer(introspect, json(body));
    await expectOutage(await getWithToken('/current_time'), [502]);
  });

  test('fails once, the next call succeeds', async () => {
    let status = 503;
    const keys: Answer = (request, res) => json({ keys: [first.jwk] }, status)(request, res);
    const { getWithToken } = await startWithIssuer(introspect, keys);
    expect((await getWithToken('/current_time')).status).toBe(503);
    status = 200;
    expect((await getWithToken('/current_time')).status).toBe(200);
  });
});
