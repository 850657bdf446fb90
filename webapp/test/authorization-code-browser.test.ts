/** Only the browser that began a flow can finish it, once and within five minutes; else 400, and no code is used. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Browser, startCodeFlow } from './authorization-server.ts';

afterEach(() => void vi.useRealTimers());

async function expectNoFlow(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining('Start again') });
}

describe('the cookie of a flow', () => {
  test('is for the callback only, out of reach of scripts, and gone after five minutes', async () => {
    const { begin } = await startCodeFlow();
    const { begun } = await begin(new Browser());
    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^flow_[\w-]{16}=[\w-]{43}; Max-Age=300; Path=\/callback; HttpOnly; SameSite=Lax$/,
      ),
    ]);
  });

  test('is Secure, and at the path that browsers know, when the redirect URI is https', async () => {
    const { base } = await startCodeFlow({
      environment: { WEBAPP_REDIRECT_URI: 'https://time.example/app/callback' },
    });
    const begun = await new Browser().get(`${base}/current_time?grant_type=authorization_code`);
    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(/; Path=\/app\/callback; HttpOnly; SameSite=Lax; Secure$/),
    ]);
  });

  test('is cleared at the callback', async () => {
    const { begin } = await startCodeFlow();
    const browser = new Browser();
    const { callback } = await begin(browser);
    const [name] = [...browser.cookies.keys()];
    const response = await browser.get(callback);
    expect(response.headers.getSetCookie()).toEqual([
      `${name}=; Max-Age=0; Path=/callback; HttpOnly; SameSite=Lax`,
    ]);
    expect(browser.cookies.size).toBe(0);
  });

  test('does not contain the state', async () => {
    const { begin, authorizationRequests } = await startCodeFlow();
    const { begun } = await begin(new Browser());
    expect(begun.headers.getSetCookie().join()).not.toContain(authorizationRequests[0]?.state);
  });
});

test.each([
  ['in the order in which they began', false],
  ['in the other order', true],
])('two flows in one browser both succeed, %s', async (_, reversed) => {
  const { begin, redeemed } = await startCodeFlow();
  const browser = new Browser();
  const flows = [
    { ...(await begin(browser)), member: 'current_time' },
    { ...(await begin(browser, '/epoch_time?grant_type=authorization_code')), member: 'epoch_time' },
  ];
  expect(browser.cookies.size).toBe(2);
  if (reversed) flows.reverse();
  for (const { callback, member } of flows) {
    expect(await (await browser.get(callback)).json()).toHaveProperty(member);
  }
  expect(redeemed()).toHaveLength(2);
  expect(browser.cookies.size).toBe(0);
});

describe('a callback is refused', () => {
  test.each<[what: string, cookieOf: (own: string, other: string) => Record<string, string>]>([
    ['without a cookie', () => ({})],
    ['with the cookie of another flow', (_own, other) => ({ cookie: other })],
    [
      'with the secret of another flow',
      (own, other) => ({ cookie: `${own.split('=')[0]}=${other.split('=')[1]}` }),
    ],
    ['with a malformed secret', (own) => ({ cookie: `${own.split('=')[0]}=x` })],
    ['with an empty secret', (own) => ({ cookie: `${own.split('=')[0]}=` })],
  ])('%s, and the browser that began the flow can still finish it', async (_, cookieOf) => {
    const { begin, redeemed, apiRequests } = await startCodeFlow();
    const [rightful, other] = [new Browser(), new Browser()];
    const { callback } = await begin(rightful);
    await begin(other);
    await expectNoFlow(await fetch(callback, { headers: cookieOf(cookieIn(rightful), cookieIn(other)) }));
    expect(redeemed()).toEqual([]);
    expect(apiRequests).toEqual([]);
    expect((await rightful.get(callback)).status).toBe(200);
  });

  test('when it comes a second time, even with the same cookie', async () => {
    const { begin, redeemed } = await startCodeFlow();
    const browser = new Browser();
    const { callback } = await begin(browser);
    const cookie = cookieIn(browser);
    expect((await browser.get(callback)).status).toBe(200);
    await expectNoFlow(await browser.get(callback));
    await expectNoFlow(await fetch(callback, { headers: { cookie } }));
    expect(redeemed()).toHaveLength(1);
  });

  test('nine times of ten, when it comes ten times at once', async () => {
    const { begin, redeemed } = await startCodeFlow();
    const browser = new Browser();
    const { callback } = await begin(browser);
    const headers = { cookie: cookieIn(browser) };
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(callback, { headers })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)]);
    expect(redeemed()).toHaveLength(1);
  });

  test.each<[what: string, change: (response: URLSearchParams) => void]>([
    ['no state', (response) => response.delete('state')],
    ['an empty state', (response) => response.set('state', '')],
    ['an unknown state', (response) => response.set('state', 'A'.repeat(43))],
    ['a malformed state', (response) => response.set('state', '__proto__')],
    ['its state twice', (response) => response.append('state', String(response.get('state')))],
    ['two states', (response) => response.append('state', 'A'.repeat(43))],
  ])('with %s', async (_, change) => {
    const { begin, redeemed } = await startCodeFlow();
    const browser = new Browser();
    const url = new URL((await begin(browser)).callback);
    change(url.searchParams);
    await expectNoFlow(await browser.get(url.href));
    expect(redeemed()).toEqual([]);
  });

  test('without any parameters', async () => {
    const { base } = await startCodeFlow();
    await expectNoFlow(await fetch(`${base}/callback`));
  });

  test('with the state of another browser, which can still finish its flow', async () => {
    const { begin, redeemed } = await startCodeFlow();
    const [victim, attacker] = [new Browser(), new Browser()];
    await begin(victim);
    const attack = await begin(attacker);
    await expectNoFlow(await victim.get(attack.callback));
    expect(redeemed()).toEqual([]);
    expect((await attacker.get(attack.callback)).status).toBe(200);
  });

  test('five minutes after the call, and not a second before', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { begin, redeemed } = await startCodeFlow();
    const [early, late] = [new Browser(), new Browser()];
    const flows = [await begin(early), await begin(late)];
    vi.setSystemTime(Date.now() + 299_000);
    expect((await early.get(String(flows[0]?.callback))).status).toBe(200);
    vi.setSystemTime(Date.now() + 1_000);
    await expectNoFlow(await late.get(String(flows[1]?.callback)));
    expect(redeemed()).toHaveLength(1);
  });
});

/** The only cookie in a browser, as it sends it. */
function cookieIn({ cookies }: Browser): string {
  return [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
}
