/** An exchanged token is inactive from the moment that anything that it came from is no more. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { apiClient, app, at, type Chain, type ChainOptions, partner, startChain } from '../support/chain.ts';
import { codeFor, postAs, redeem, refresh, tokensOf } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const isActive = async (chain: Chain, token: string) => (await chain.seenBy('warehouse', token)).active;

/** How the tokens of the APIs look: whether they are JWTs makes no difference. */
const formats: [what: string, apis: NonNullable<ChainOptions['apis']>][] = [
  ['JWTs', {}],
  [
    'opaque tokens',
    {
      orders: { access_token_format: 'opaque' },
      stock: { access_token_format: 'opaque' },
      warehouse: { access_token_format: 'opaque' },
    },
  ],
  ['an opaque token and JWTs', { orders: { access_token_format: 'opaque' } }],
];

describe.each(formats)('a chain of %s', (_what, apis) => {
  test('ends with its first token', async () => {
    const chain = await startChain({ apis });
    const token = await chain.first();
    const [last, other] = [
      await chain.upTo('warehouse', token),
      await chain.upTo('warehouse', await chain.first()),
    ];
    expect(await isActive(chain, last)).toBe(true);
    expect((await chain.revoke(token, app)).status).toBe(200);
    expect(await isActive(chain, last)).toBe(false);
    expect(await isActive(chain, other)).toBe(true);
  });

  test('ends with a token in the middle, and what came before goes on', async () => {
    const chain = await startChain({ apis });
    const middle = await chain.upTo('stock', await chain.first());
    const last = await chain.exchange(middle, apiClient('stock'), { resource: at('warehouse') });
    const { access_token } = await tokensOf(last);
    expect((await chain.revoke(middle, apiClient('orders'))).status).toBe(200);
    expect(await isActive(chain, access_token)).toBe(false);
  });

  test('ends with the grant of the user', async () => {
    const chain = await startChain({ apis });
    const tokens = await chain.ofPartner('orders:read stock:read warehouse:read', [
      'orders',
      'stock',
      'warehouse',
    ]);
    const last = await chain.upTo('warehouse', tokens.access_token);
    expect(await isActive(chain, last)).toBe(true);
    const form = { token: tokens.refresh_token };
    expect((await postAs(chain, partner, '/revoke', form)).status).toBe(200);
    expect(await isActive(chain, last)).toBe(false);
  });

  test('ends with the first client, and with each client that exchanged a token', async () => {
    for (const id of [app.id, 'orders-api', 'stock-api']) {
      const chain = await startChain({ apis });
      const last = await chain.upTo('warehouse', await chain.first());
      expect(await isActive(chain, last)).toBe(true);
      await chain.withoutClient(id);
      expect(await isActive(chain, last), id).toBe(false);
    }
  });

  test('ends with each API that it has passed', async () => {
    for (const name of ['orders', 'stock'] as const) {
      const chain = await startChain({ apis });
      const last = await chain.upTo('warehouse', await chain.first());
      await chain.withApis({ [name]: undefined });
      expect(await isActive(chain, last), name).toBe(false);
    }
  });
});

test('a chain that came of a session ends with the session', async () => {
  const chain = await startChain({ clients: { [partner.id]: { always_issue_refresh_token: false } } });
  const browser = new UserAgent(chain.issuer);
  const scope = 'openid orders:read stock:read warehouse:read';
  const resource = [at('orders'), at('stock'), at('warehouse')];
  const code = await codeFor(chain, partner, { scope, resource }, browser);
  const tokens = await tokensOf(await redeem(chain, code, partner, { resource: at('orders') }));
  const last = await chain.upTo('warehouse', tokens.access_token);
  expect(await isActive(chain, last)).toBe(true);
  const page = await browser.open(`${chain.issuer}/logout?id_token_hint=${tokens.id_token}`);
  await page.press(page.buttons[0] ?? '');
  expect(await isActive(chain, last)).toBe(false);
});

test('a chain that came of a refreshed token ends when its refresh token is used twice', async () => {
  const chain = await startChain({
    clients: { [partner.id]: { token_endpoint_auth_method: 'none', client_secret: undefined } },
    settings: { REFRESH_TOKEN_OVERLAP_SECONDS: '0' },
  });
  const public_ = { id: partner.id, redirectUri: partner.redirectUri };
  const scope = 'orders:read stock:read warehouse:read';
  const code = await codeFor(chain, public_, {
    scope,
    resource: ['orders', 'stock', 'warehouse'].map((name) => at(name as 'orders')),
  });
  const { refresh_token } = await tokensOf(await redeem(chain, code, public_, { resource: at('orders') }));
  const again = () => refresh(chain, refresh_token, public_, { resource: at('orders') });
  const last = await chain.upTo('warehouse', (await tokensOf(await again())).access_token);
  expect(await isActive(chain, last)).toBe(true);
  expect((await again()).status).toBe(400);
  expect(await isActive(chain, last)).toBe(false);
});

test('who revokes an exchanged token ends the chain from there, and not what the user has granted', async () => {
  const chain = await startChain();
  const tokens = await chain.ofPartner('orders:read stock:read warehouse:read', [
    'orders',
    'stock',
    'warehouse',
  ]);
  const last = await chain.upTo('warehouse', tokens.access_token);
  expect((await chain.revoke(last, apiClient('stock'))).status).toBe(200);
  expect(await isActive(chain, last)).toBe(false);
  expect(await chain.seenBy('orders', tokens.access_token)).toMatchObject({ active: true });
  expect(await isActive(chain, await chain.upTo('warehouse', tokens.access_token))).toBe(true);
  expect(decodeJwt(last)).not.toHaveProperty('grant_id');
});
