/** A client may have its access tokens for less time than their API gives, and never for more. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  apis,
  billing,
  byCode,
  byDevice,
  byItself,
  byPassword,
  byPushedRequest,
  byRefresh,
  clients,
  orders,
  severalApis,
  type Way,
} from '../apis/several-apis.ts';
import { startAuthServer } from '../support/auth-server.ts';
import { tokensOf } from '../support/code-flow.ts';

const ways: [string, Way][] = [
  ['by password', byPassword],
  ['by the client itself', byItself],
  ['by code', byCode()],
  ['by refresh', byRefresh],
  ['by device', byDevice],
  ['by pushed request', byPushedRequest],
];

/** Lifetimes of an API of 300 and one of 60 seconds, for a client that has this setting. */
const lifetimes: [string, Record<string, number>, number, number][] = [
  ['no lifetime of its own', {}, 300, 60],
  ['a shorter one than one of the APIs', { access_token_ttl: 120 }, 120, 60],
  ['the shortest one', { access_token_ttl: 5 }, 5, 5],
  ['a longer one than the APIs', { access_token_ttl: 3_600 }, 300, 60],
];

describe.each(ways)('a token %s', (_way, get) => {
  test.each(lifetimes)(
    'of a client with %s lives as long as both allow',
    async (_what, own, first, second) => {
      const withOwn = clients.map((one) => ({ ...one, ...own }));
      const server = await startAuthServer(await severalApis({ clients: withOwn }));
      for (const [resource, lifetime] of [
        [orders, first],
        [billing, second],
      ] as const) {
        const { access_token, expires_in } = await tokensOf(await get(server, { resource, scope: 'read' }));
        const { iat = 0, exp = 0 } = decodeJwt(access_token);
        expect([expires_in, exp - iat]).toEqual([lifetime, lifetime]);
        const { active } = (await (
          await server.introspect(access_token, { id: 'gateway', secret: 'yhnujm' })
        ).json()) as { active: boolean };
        expect(active).toBe(true);
      }
    },
  );

  test('that is opaque lives as long as both allow', async () => {
    const opaque = apis.map((one) => ({ ...one, access_token_format: 'opaque' }));
    const withOwn = clients.map((one) => ({ ...one, access_token_ttl: 30 }));
    const server = await startAuthServer(await severalApis({ apis: opaque, clients: withOwn }));
    expect((await tokensOf(await get(server, { resource: orders, scope: 'read' }))).expires_in).toBe(30);
  });
});
