/** Tokens that are bound to a key, and the proofs that come with them (RFC 9449), in each framework. */
import { createGuard, type Introspection } from 'guard';
import { athOf, keyOf } from 'shared/test/dpop.ts';
import { describe, expect, test } from 'vitest';
import { METADATA_URL, RESOURCE, startApi, tokenOf } from './api-under-test.ts';
import { ALGS, proofBy, startBound } from './dpop.ts';
import { frameworks } from './frameworks.ts';

const key = await keyOf();
const otherKey = await keyOf();
const common = { scheme: 'DPoP', algs: ALGS, resource_metadata: METADATA_URL };
const error_description = expect.any(String);
const seconds = () => Math.floor(Date.now() / 1000);

test.each(['x:.evil.example/notes', 'x:@evil.example/notes', 'evil.example:443', '*'])(
  '§4.3: the target %s does not continue the name of the host',
  async (target) => {
    const proofs = ['.evil.example/notes', '@evil.example/notes', '443', '*'].map((end) =>
      proofBy(key, { htu: RESOURCE + end }),
    );
    const guard = createGuard({
      resource: RESOURCE,
      issuer: 'https://issuer.example',
      tokens: async () => tokenOf({ cnf: { jkt: key.jkt } }),
    });
    for (const dpop of await Promise.all(proofs)) {
      const headers: Record<string, string[]> = { authorization: ['DPoP a-token'], dpop: [dpop] };
      const header = (name: string) => headers[name] ?? [];
      expect(await guard.authorize({ method: 'GET', target, header })).toMatchObject({
        ok: false,
        answer: { status: 401, body: { error: 'invalid_dpop_proof' } },
      });
    }
  },
);

describe.each(frameworks)('in %s', (_, start) => {
  test.each(['DPoP', 'dpop'])('§7.1: a bound token passes with a proof and the scheme %s', async (scheme) => {
    const { get, asked } = await startBound(start, key);
    const response = await get({ authorization: `${scheme} a-token`, dpop: await proofBy(key) });
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ user: 'alice' });
    expect(asked).toEqual(['a-token']);
  });

  test.each(['RS256', 'PS256', 'EdDSA', 'Ed25519'])('§7.1: a proof may be signed with %s', async (alg) => {
    const signer = await keyOf(alg);
    const { getWithProof } = await startBound(start, signer);
    expect((await getWithProof(await proofBy(signer))).status).toBe(200);
  });

  test('§7.1: a call without a token is told the algorithms', async () => {
    const { get } = await startBound(start, key);
    const { status, challenges } = await get({ dpop: await proofBy(key) });
    expect(status).toBe(401);
    expect(challenges).toEqual([
      { scheme: 'Bearer', scope: 'read', resource_metadata: METADATA_URL },
      { ...common, scope: 'read' },
    ]);
  });

  test.each<[what: string, claims: Record<string, unknown>]>([
    ['for another method', { htm: 'POST' }],
    ['for the method in lower case', { htm: 'get' }],
    ['for no method', { htm: undefined }],
    ['for another path', { htu: `${RESOURCE}/other` }],
    ['for another host', { htu: 'https://evil.example/notes' }],
    ['for another scheme of URLs', { htu: RESOURCE.replace('https', 'http') }],
    ['for a URL with a user', { htu: 'https://alice@notes.example/notes' }],
    ['for no URL', { htu: undefined }],
    ['for another token', { ath: athOf('another-token') }],
    ['for no token', { ath: undefined }],
    ['of ten minutes ago', { iat: seconds() - 600 }],
    ['of the future', { iat: seconds() + 600 }],
    ['of no time', { iat: undefined }],
    ['without an id', { jti: undefined }],
    ['with an empty id', { jti: '' }],
    ['with an id that is too long', { jti: 'a'.repeat(257) }],
  ])('§7.1: a proof %s is 401 invalid_dpop_proof', async (_what, claims) => {
    const { getWithProof, passed } = await startBound(start, key);
    const { status, challenges, body } = await getWithProof(await proofBy(key, claims));
    expect(status).toBe(401);
    expect(challenges).toEqual([{ ...common, error: 'invalid_dpop_proof', error_description }]);
    expect(body).toMatchObject({ error: 'invalid_dpop_proof', detail: 'The DPoP proof is not valid.' });
    expect(passed).toEqual([]);
  });

  test('§7.1: a proof by another key is 401 invalid_dpop_proof', async () => {
    const { getWithProof, passed } = await startBound(start, key);
    const { status, challenges } = await getWithProof(await proofBy(otherKey));
    expect(status).toBe(401);
    expect(challenges).toEqual([{ ...common, error: 'invalid_dpop_proof', error_description }]);
    expect(passed).toEqual([]);
  });

  test('§7.1: a proof that carries a key and is signed with another one is 401 invalid_dpop_proof', async () => {
    const { getWithProof } = await startBound(start, key);
    const { challenges } = await getWithProof(await proofBy(otherKey, {}, { jwk: key.jwk }));
    expect(challenges).toMatchObject([{ error: 'invalid_dpop_proof' }]);
  });

  test('§7.1: a proof of another type is 401 invalid_dpop_proof', async () => {
    const { getWithProof } = await startBound(start, key);
    const { challenges } = await getWithProof(await proofBy(key, {}, { typ: 'JWT' }));
    expect(challenges).toMatchObject([{ error: 'invalid_dpop_proof' }]);
  });

  test.each(['', 'nonsense', 'a.b', 'a.b.c, d.e.f', 'a.b.c.d.e'])(
    '§7.1: the DPoP header "%s" is 401 invalid_dpop_proof, and nothing is introspected',
    async (dpop) => {
      const { getWithProof, asked } = await startBound(start, key);
      const { status, challenges } = await getWithProof(dpop);
      expect(status).toBe(401);
      expect(challenges).toEqual([{ ...common, error: 'invalid_dpop_proof', error_description }]);
      expect(asked).toEqual([]);
    },
  );

  test('§7.1: the DPoP scheme without a proof is 401 invalid_dpop_proof', async () => {
    const { get, asked } = await startBound(start, key);
    const { status, challenges } = await get({ authorization: 'DPoP a-token' });
    expect(status).toBe(401);
    expect(challenges).toEqual([{ ...common, error: 'invalid_dpop_proof', error_description }]);
    expect(asked).toEqual([]);
  });

  test('§7.1: two DPoP headers are 401 invalid_dpop_proof, even when both are good', async () => {
    const { send, asked } = await startBound(start, key);
    const { status, challenges } = await send(
      '/notes',
      'Authorization: DPoP a-token',
      `DPoP: ${await proofBy(key)}`,
      `dpop: ${await proofBy(key)}`,
    );
    expect(status).toBe(401);
    expect(challenges).toEqual([{ ...common, error: 'invalid_dpop_proof', error_description }]);
    expect(asked).toEqual([]);
  });

  test('§11.1: a proof is good once', async () => {
    const { getWithProof, passed } = await startBound(start, key);
    const proof = await proofBy(key);
    expect((await getWithProof(proof)).status).toBe(200);
    const { status, challenges } = await getWithProof(proof);
    expect(status).toBe(401);
    expect(challenges).toMatchObject([{ scheme: 'DPoP', error: 'invalid_dpop_proof' }]);
    expect(passed).toHaveLength(1);
  });

  test.each<[what: string, scheme: string, introspection: Introspection]>([
    ['a bound token as Bearer', 'Bearer', tokenOf({ cnf: { jkt: key.jkt } })],
    ['a token that is not bound, with a proof', 'DPoP', tokenOf()],
    [
      'a token that is bound to a certificate, too',
      'DPoP',
      tokenOf({ cnf: { jkt: key.jkt, 'x5t#S256': 'a' } }),
    ],
    ['a DPoP token whose key is not given', 'DPoP', tokenOf({ token_type: 'DPoP' })],
    ['a token that is bound to no text', 'DPoP', tokenOf({ cnf: { jkt: [key.jkt] } })],
    ['a token that is bound to nothing', 'DPoP', tokenOf({ cnf: {} })],
    ["a client's own token", 'DPoP', tokenOf({ sub: 'app', cnf: { jkt: key.jkt } })],
    ['an inactive token with a good proof', 'DPoP', { active: false }],
    ['a token for another API', 'DPoP', tokenOf({ aud: 'https://other.example', cnf: { jkt: key.jkt } })],
  ])('§7.1: %s is 401 invalid_token with a DPoP challenge', async (_what, scheme, introspection) => {
    const { get, passed } = await startApi(start, introspection, { scope: 'read' });
    const response = await get({ authorization: `${scheme} a-token`, dpop: await proofBy(key) });
    expect(response.status).toBe(401);
    expect(response.challenges).toEqual([
      { ...common, error: 'invalid_token', error_description, scope: 'read' },
    ]);
    expect(passed).toEqual([]);
  });

  test('§7.2: a token that is not bound passes as Bearer, whatever the DPoP header says', async () => {
    const { get } = await startApi(start);
    expect((await get({ authorization: 'Bearer a-token', dpop: 'nonsense' })).status).toBe(200);
  });

  test('a bound token without the scope is 403 with a DPoP challenge', async () => {
    const { getWithProof } = await startBound(start, key, { scope: 'write' });
    const { status, challenges } = await getWithProof(await proofBy(key));
    expect(status).toBe(403);
    expect(challenges).toEqual([
      { ...common, error: 'insufficient_scope', error_description, scope: 'read' },
    ]);
  });

  test.each([
    ['two parts', 'DPoP one two', '/notes'],
    ['nothing', 'DPoP', '/notes'],
    ['a token in the query beside it', 'DPoP a-token', '/notes?access_token=a-token'],
  ])(
    'the DPoP scheme with %s is 400 invalid_request with a DPoP challenge',
    async (_what, authorization, path) => {
      const { get, asked } = await startBound(start, key);
      const { status, challenges } = await get({ authorization, dpop: await proofBy(key) }, path);
      expect(status).toBe(400);
      expect(challenges).toEqual([{ ...common, error: 'invalid_request', error_description }]);
      expect(asked).toEqual([]);
    },
  );

  test('a malformed token is 401 invalid_token with a DPoP challenge, and is not introspected', async () => {
    const { get, asked } = await startBound(start, key);
    const { status, challenges } = await get({ authorization: 'DPoP a,b', dpop: await proofBy(key) });
    expect(status).toBe(401);
    expect(challenges).toEqual([{ ...common, error: 'invalid_token', error_description, scope: 'read' }]);
    expect(asked).toEqual([]);
  });

  describe('§4.3: the URL of a proof', () => {
    test.each([
      ['may have a query and a fragment', '/notes', `${RESOURCE}/notes?a=1#b`],
      ['may leave out the query of the call', '/notes?a=1', `${RESOURCE}/notes`],
      ['may be written otherwise', '/notes', 'HTTPS://NOTES.example:443/x/../%6eotes'],
    ])('%s', async (_what, path, htu) => {
      const { getWithProof } = await startBound(start, key);
      expect((await getWithProof(await proofBy(key, { htu }), path)).status).toBe(200);
    });

    test.each(['http://localhost/notes', 'http://evil.example/notes', '/notes?a=//evil.example/'])(
      'is that of the API for the target %s',
      async (target) => {
        const { send, passed } = await startBound(start, key);
        const ask = async (htu: string) =>
          send(target, 'Authorization: DPoP a-token', `DPoP: ${await proofBy(key, { htu })}`);
        expect((await ask('http://evil.example/notes')).status).toBe(401);
        expect((await ask(`${RESOURCE}/notes`)).status).toBe(200);
        expect(passed).toHaveLength(1);
      },
    );

    test.each(['//evil.example/notes', '/\\evil.example/notes', '/notes#/../other'])(
      'of the call is not that of another host or path for the target %s',
      async (target) => {
        const { send, passed } = await startBound(start, key);
        for (const htu of ['https://evil.example/notes', `${RESOURCE}/other`]) {
          const proof = await proofBy(key, { htu });
          const { status } = await send(target, 'Authorization: DPoP a-token', `DPoP: ${proof}`);
          expect(status).toBeGreaterThanOrEqual(400);
        }
        expect(passed).toEqual([]);
      },
    );

    test('has the method of the call', async () => {
      const { getWithProof } = await startBound(start, key);
      const head = await proofBy(key, { htm: 'HEAD' });
      expect((await getWithProof(head, '/notes', 'HEAD')).status).toBe(200);
      expect((await getWithProof(await proofBy(key), '/notes', 'HEAD')).status).toBe(401);
    });

    test('has the path below which a part of the API is mounted', async () => {
      const { getWithProof } = await startBound(start, key);
      const whole = await proofBy(key, { htu: `${RESOURCE}/mounted/notes` });
      expect((await getWithProof(await proofBy(key), '/mounted/notes')).status).toBe(401);
      expect((await getWithProof(whole, '/mounted/notes')).status).toBe(200);
    });

    test.each<[what: string, options: object, htu: string]>([
      ['the path that a proxy takes away', {}, 'https://host.example/apis/notes'],
      [
        'only the path that a proxy leaves',
        { baseUrl: 'https://host.example' },
        'https://host.example/notes',
      ],
    ])('begins with %s', async (_what, options, htu) => {
      const resource = 'https://host.example/apis';
      const { getWithProof } = await startBound(start, key, { aud: resource }, { resource, ...options });
      expect((await getWithProof(await proofBy(key, { htu }))).status).toBe(200);
      expect((await getWithProof(await proofBy(key))).status).toBe(401);
    });

    test('has nothing of a query in the identifier of the API', async () => {
      const resource = `${RESOURCE}?tenant=1`;
      const { getWithProof } = await startBound(start, key, { aud: resource }, { resource });
      expect((await getWithProof(await proofBy(key))).status).toBe(200);
    });
  });

  test('no more room for proofs is an outage, and no refusal', async () => {
    const { getWithProof, passed } = await startBound(start, key, {}, { rememberProof: async () => 'full' });
    const { status, headers, challenges } = await getWithProof(await proofBy(key));
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(challenges).toEqual([]);
    expect(passed).toEqual([]);
  });
});
