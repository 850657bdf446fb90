/** While the guard or the issuer is down, or hangs, no proxy lets a call pass. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Everything, startEverything } from './harness/guarded.ts';
import { userToken } from './harness/issuer.ts';
import { PROXIES, type ProxyName } from './harness/proxy.ts';

let all: Everything;
beforeAll(async () => {
  all = await startEverything();
});
afterAll(() => all?.end());
beforeEach(() => void all.api.calls());

describe('a call never passes, and is answered within seconds,', () => {
  /** What calls with a good token get behind each proxy, and after how long in milliseconds. */
  async function callAll(tokens: Map<string, string>, proxies: ProxyName[]) {
    return Promise.all(
      proxies.map(async (name) => {
        const began = performance.now();
        const headers = { authorization: `Bearer ${tokens.get(name)}` };
        const { status } = await fetch(`${all.behind[name].proxy.url}/orders/1`, { headers });
        return { name, status, ms: performance.now() - began };
      }),
    );
  }

  async function tokensForAll() {
    const tokens = PROXIES.map(async (name) => {
      const { resource } = all.behind[name];
      return [name, await userToken(all.issuer, resource, 'orders:read')] as const;
    });
    return new Map(await Promise.all(tokens));
  }

  const guard = () => all.services['resource-server'];
  const issuer = () => all.services['auth-server'];

  test.each<[what: string, begin: () => unknown, end: () => unknown, proxies: ProxyName[]]>([
    // Traefik waits for half a minute, which nothing changes.
    [
      'while the guard hangs',
      () => guard().pause(),
      () => guard().resume(),
      PROXIES.filter((one) => one !== 'traefik'),
    ],
    ['while there is no guard', () => guard().kill(), () => guard().start(), PROXIES],
    ['while the issuer hangs', () => issuer().pause(), () => issuer().resume(), PROXIES],
    ['while there is no issuer', () => issuer().kill(), () => issuer().start(), PROXIES],
  ])('%s', async (_, begin, end, proxies) => {
    const tokens = await tokensForAll();
    await begin();
    try {
      const answers = await callAll(tokens, proxies);
      for (const { name, status, ms } of answers) {
        expect([name, status]).toEqual([name, expect.toSatisfy((one) => one >= 500)]);
        expect([name, ms < 6_000]).toEqual([name, true]);
      }
      expect(all.api.calls()).toEqual([]);
    } finally {
      await end();
    }
    const good = async () => (await callAll(await tokensForAll(), PROXIES)).map(({ status }) => status);
    // The guard asks an issuer that failed only now and then.
    await vi.waitFor(async () => expect(await good()).toEqual(PROXIES.map(() => 200)), 10_000);
  });
});
