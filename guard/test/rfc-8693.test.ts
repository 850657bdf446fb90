/** Who acts for the user of a token (RFC 8693 §4.1), in each framework and for each way of checking tokens. */
import { json, startUpstream } from 'shared/test/upstream.ts';
import { describe, expect, test } from 'vitest';
import {
  accessToken,
  expectOutage,
  issuerKey,
  RESOURCE as ORDERS,
  startApi as startOrders,
} from './adapters/issuer-and-api.ts';
import { METADATA_URL, startApi, tokenOf } from './api-under-test.ts';
import { frameworks, koa } from './frameworks.ts';

/** The claim of a chain, the one that calls now first. */
const chainOf = (...subs: string[]): Record<string, unknown> =>
  subs.reduceRight<object>((act, sub) => ({ sub, ...('sub' in act && { act }) }), {}) as Record<
    string,
    unknown
  >;

const deep = (count: number) => chainOf(...Array.from({ length: count }, (_, index) => `api-${index + 1}`));

describe.each(frameworks)('in %s', (_, start) => {
  test('§4.1: the API knows who acts for the user, the one that calls now first', async () => {
    const act = chainOf('stock-api', 'orders-api');
    const { getWithToken } = await startApi(start, tokenOf({ client_id: 'stock-api', act }));
    const { status, body } = await getWithToken();
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: 'alice', actors: [{ sub: 'stock-api' }, { sub: 'orders-api' }] });
  });

  test('without delegation nobody acts for the user', async () => {
    const { getWithToken } = await startApi(start);
    expect((await getWithToken()).body).toMatchObject({ user: 'alice', actors: [] });
  });

  test('a chain that cannot be read is refused, and never shown as a shorter one', async () => {
    const act = { sub: 'stock-api', act: { sub: 7 } };
    const { getWithToken, passed } = await startApi(start, tokenOf({ act }));
    const { status, challenges } = await getWithToken();
    expect(status).toBe(401);
    expect(challenges).toEqual([
      {
        scheme: 'Bearer',
        error: 'invalid_token',
        error_description: 'the token names those who act for its user in a way that this API cannot read',
        resource_metadata: METADATA_URL,
      },
    ]);
    expect(passed).toEqual([]);
  });
});

test('§4.1: an actor may have an issuer, and a client through which it acts; further claims of it count for nothing', async () => {
  const act = {
    sub: 'bob',
    iss: 'https://issuer.example',
    client_id: 'support',
    exp: 1,
    nbf: 9e9,
    aud: 'https://other.example',
  };
  const { getWithToken } = await startApi(koa, tokenOf({ act }));
  expect((await getWithToken()).body.actors).toEqual([
    { sub: 'bob', issuer: 'https://issuer.example', clientId: 'support' },
  ]);
});

test('five may act, one for the other, and no sixth', async () => {
  const statusWith = async (count: number) =>
    (await (await startApi(koa, tokenOf({ act: deep(count) }))).getWithToken()).status;
  expect([await statusWith(5), await statusWith(6), await statusWith(500)]).toEqual([200, 401, 401]);
});

test('§4.1: those who acted before decide nothing', async () => {
  const before = {
    sub: 'alice',
    client_id: 'app',
    scope: 'read write',
    aud: 'https://other.example',
    exp: 1,
  };
  const token = tokenOf({ client_id: 'stock-api', act: { sub: 'stock-api', act: before } });
  const passing = await startApi(koa, token, { scope: 'read' });
  expect((await passing.getWithToken()).body).toMatchObject({ user: 'alice', clientId: 'stock-api' });
  const lacking = await startApi(koa, token, { scope: 'write' });
  expect((await lacking.getWithToken()).status).toBe(403);
});

test.each([
  ['has the name of the client that acts', 'orders-api'],
  ['is not named', undefined],
])(
  'a user who %s does not pass for the client that acts, where clients may call for themselves',
  async (_, sub) => {
    const own = tokenOf({ sub, client_id: 'orders-api' });
    expect((await (await startApi(koa, own, { user: 'optional' })).getWithToken()).status).toBe(200);
    const delegated = tokenOf({ sub, client_id: 'orders-api', act: { sub: 'orders-api' } });
    const { getWithToken } = await startApi(koa, delegated, { user: 'optional' });
    const { status, challenges } = await getWithToken();
    expect(status).toBe(401);
    expect(challenges).toMatchObject([{ error_description: 'the token is not bound to a user' }]);
  },
);

const unreadable: [what: string, act: unknown][] = [
  ['has no subject', {}],
  ['has an empty subject', { sub: '' }],
  ['has a subject that is no text', { sub: ['orders-api'] }],
  ['has an issuer that is no text', { sub: 'orders-api', iss: {} }],
  ['has a client that is no text', { sub: 'orders-api', client_id: 7 }],
  ['acts for one that is no object', { sub: 'orders-api', act: 'stock-api' }],
  ['acts for nothing', { sub: 'orders-api', act: null }],
  ['acts for one without a subject', { sub: 'orders-api', act: { act: { sub: 'stock-api' } } }],
];

const noObject: [what: string, act: unknown][] = [
  ['is a text', 'orders-api'],
  ['is a list', [{ sub: 'orders-api' }]],
  ['is null', null],
  ['is a number', 7],
];

describe('a function of its own may be written in JavaScript: refused is a token whose actor', () => {
  test.each([...unreadable, ...noObject])('%s', async (_, act) => {
    const { getWithToken, errors } = await startApi(koa, tokenOf({ act: act as Record<string, unknown> }));
    expect((await getWithToken()).status).toBe(401);
    expect(errors).toEqual([]);
  });

  test('acts for itself', async () => {
    const act: Record<string, unknown> = { sub: 'orders-api' };
    act.act = act;
    const { getWithToken, errors } = await startApi(koa, tokenOf({ act }));
    expect((await getWithToken()).status).toBe(401);
    expect(errors).toEqual([]);
  });
});

describe('when tokens are introspected', () => {
  const client = { clientId: 'orders-api', clientSecret: 'the-secret' };
  const withAct = async (act: unknown) => {
    const answer = { active: true, sub: 'alice', client_id: 'shop', scope: 'orders:read', aud: ORDERS, act };
    const { base } = await startUpstream(json(answer));
    return (await startOrders(base, client)).get('a-token');
  };

  test('the API knows who acts for the user', async () => {
    const response = await withAct(chainOf('stock-api', 'orders-api'));
    expect(await response.json()).toMatchObject({
      actors: [{ sub: 'stock-api' }, { sub: 'orders-api' }],
      token: { act: { sub: 'stock-api', act: { sub: 'orders-api' } } },
    });
  });

  test.each(unreadable)('a token whose actor %s is refused', async (_, act) => {
    expect((await withAct(act)).status).toBe(401);
  });

  test.each(noObject)('an answer whose `act` %s is none that could be used: 502', async (_, act) => {
    await expectOutage(await withAct(act), [502]);
  });
});

describe('when tokens are verified locally', async () => {
  const key = await issuerKey('first');
  const withAct = async (act: unknown) => {
    const { base } = await startUpstream(json({ keys: [key.jwk] }));
    const { get } = await startOrders(base, { verify: 'locally' });
    return get(await accessToken(base, key, { act }));
  };

  test('the API knows who acts for the user', async () => {
    const response = await withAct(deep(5));
    expect(await response.json()).toMatchObject({
      actors: ['api-1', 'api-2', 'api-3', 'api-4', 'api-5'].map((sub) => ({ sub })),
    });
  });

  test.each([...unreadable, ...noObject])('a token whose actor %s is refused', async (_, act) => {
    expect((await withAct(act)).status).toBe(401);
  });

  test('a token with too many actors is refused', async () => {
    expect((await withAct(deep(6))).status).toBe(401);
  });
});
