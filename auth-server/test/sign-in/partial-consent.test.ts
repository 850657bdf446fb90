/** Partial consent: users may leave out the scopes that a client registered as optional, and nothing else. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import {
  type AuthServer,
  answerAt,
  authorizationUrl,
  confirmDevice,
  postAs,
  redeem,
  refresh,
  tokensOf,
} from '../support/code-flow.ts';
import {
  all,
  deviceOf,
  files,
  groupsOn,
  invoices,
  orders,
  shop,
  startShop,
  threeApis,
} from '../support/three-apis.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const credentials = { username: 'alice', password: 'wonderland' };
const ofOrders = { scope: 'openid email orders:read orders:write', resource: orders };

const open = (browser: UserAgent, { issuer }: AuthServer, parameters = {}) =>
  browser.open(authorizationUrl(issuer, shop, { ...ofOrders, ...parameters }));

/** Opens the consent page in a new browser. */
async function consentAt(server: AuthServer, parameters = {}) {
  const browser = new UserAgent(server.issuer);
  const page = await (await open(browser, server, parameters)).press('Sign in', credentials);
  return { browser, page };
}

const tokensAfter = async (server: AuthServer, page: Page, parameters = {}) =>
  tokensOf(await redeem(server, answerAt(page, shop).code ?? '', shop, parameters));

/** Allows all but the change of orders. */
async function leaveOut(server: AuthServer) {
  const { browser, page } = await consentAt(server);
  return { browser, end: await page.press('Allow', {}, { 'Change your orders': false }) };
}

describe('the page', () => {
  test('has a box for each optional scope, ticked at first', async () => {
    const { page } = await consentAt(await startShop());
    expect(page.boxes).toEqual({ 'See your email address': true, 'Change your orders': true });
    expect(page.items).toContain('See your orders');
  });

  test('has no box for what was allowed before', async () => {
    const server = await startShop();
    const { browser, page } = await consentAt(server);
    await page.press('Allow');
    const again = await open(browser, server, { prompt: 'consent' });
    expect(again.boxes).toEqual({});
    expect((await tokensAfter(server, await again.press('Allow'))).scope).toBe(ofOrders.scope);
  });
});

test('what is left ticked is granted with the rest', async () => {
  const server = await startShop();
  const { page } = await consentAt(server);
  expect((await tokensAfter(server, await page.press('Allow'))).scope).toBe(ofOrders.scope);
});

test('what is unticked is in no token, and the client is told', async () => {
  const server = await startShop();
  const { page } = await consentAt(server);
  const end = await page.press('Allow', {}, { 'See your email address': false, 'Change your orders': false });
  const tokens = await tokensAfter(server, end);
  expect(tokens.scope).toBe('openid orders:read');
  expect(decodeJwt(tokens.access_token).scope).toBe('openid orders:read');
  const refreshed = await tokensOf(await refresh(server, tokens.refresh_token, shop));
  expect(refreshed.scope).toBe('openid orders:read');
});

test('what is unticked at one API is granted at another that has a scope of this name', async () => {
  const server = await startShop();
  const { page } = await consentAt(server, { scope: 'read pay', resource: [files, invoices] });
  const tokens = await tokensAfter(server, await page.press('Allow', {}, { 'Read your invoices': false }), {
    resource: invoices,
  });
  expect(tokens.scope).toBe('pay');
  expect((await tokensOf(await refresh(server, tokens.refresh_token, shop, { resource: files }))).scope).toBe(
    'read',
  );
});

test('there are no tokens for an API of which all is left out', async () => {
  const server = await startShop();
  const { page } = await consentAt(server, { scope: 'read share orders:read', resource: [files, orders] });
  const end = await page.press(
    'Allow',
    {},
    { 'Read your files': false, 'Share your files with others': false },
  );
  expect(decodeJwt((await tokensAfter(server, end)).access_token)).toMatchObject({
    aud: orders,
    scope: 'orders:read',
  });
});

test('who leaves out all scopes of the only API still signs in', async () => {
  const server = await startShop();
  const { page } = await consentAt(server, { scope: 'openid orders:write' });
  const tokens = await tokensAfter(server, await page.press('Allow', {}, { 'Change your orders': false }));
  expect(tokens).toMatchObject({ scope: 'openid', id_token: expect.any(String) });
});

describe('a scope of this name at another API', () => {
  /** Allows reading invoices, and leaves out all that is asked for of files. */
  async function leaveOutFiles(server: AuthServer) {
    const { browser, page } = await consentAt(server, { scope: 'openid read pay', resource: invoices });
    await page.press('Allow');
    const ofFiles = await open(browser, server, { scope: 'openid read share', resource: files });
    const leftOut = { 'Read your files': false, 'Share your files with others': false };
    return { browser, end: await ofFiles.press('Allow', {}, leftOut) };
  }

  test('is not taken for the one that was left out', async () => {
    const server = await startShop({ optional_scopes: ['read', 'share'] });
    expect((await tokensAfter(server, (await leaveOutFiles(server)).end)).scope).toBe('openid');
  });

  test('does not keep the user from being asked again where nothing else is', async () => {
    const server = await startShop({ optional_scopes: ['read', 'share'] });
    const { browser } = await leaveOutFiles(server);
    const ofFiles = { scope: 'read', resource: files };
    const silent = await open(browser, server, { ...ofFiles, prompt: 'none' });
    expect(answerAt(silent, shop)).toMatchObject({ error: 'consent_required' });
    expect((await open(browser, server, ofFiles)).boxes).toEqual({ 'Read your files': false });
  });
});

test('who leaves out everything has declined', async () => {
  const server = await startShop();
  const { browser, page } = await consentAt(server, { scope: 'orders:write' });
  const end = await page.press('Allow', {}, { 'Change your orders': false });
  expect(answerAt(end, shop)).toMatchObject({ error: 'access_denied' });
  expect((await open(browser, server, { scope: 'orders:write' })).boxes).toEqual({
    'Change your orders': true,
  });
});

describe('what was left out', () => {
  test('is not asked for at the next sign-in, in this browser or another', async () => {
    const server = await startShop();
    const { browser } = await leaveOut(server);
    for (const page of [await open(browser, server), (await consentAt(server)).page]) {
      expect((await tokensAfter(server, page)).scope).toBe('openid email orders:read');
    }
  });

  test('is shown unticked when the client has it asked again, and may then be allowed', async () => {
    const server = await startShop();
    const { browser } = await leaveOut(server);
    const again = await open(browser, server, { prompt: 'consent' });
    expect(again.boxes).toEqual({ 'Change your orders': false });
    const still = await again.press('Allow');
    expect((await tokensAfter(server, still)).scope).toBe('openid email orders:read');
    const third = await open(browser, server, { prompt: 'consent' });
    const allowed = await third.press('Allow', {}, { 'Change your orders': true });
    expect((await tokensAfter(server, allowed)).scope).toBe(ofOrders.scope);
    expect((await tokensAfter(server, await open(browser, server))).scope).toBe(ofOrders.scope);
  });

  test('is asked for again where nothing else is, since the user could only be refused', async () => {
    const server = await startShop();
    const { browser } = await leaveOut(server);
    const page = await open(browser, server, { scope: 'orders:write' });
    expect(page.boxes).toEqual({ 'Change your orders': false });
    const allowed = await page.press('Allow', {}, { 'Change your orders': true });
    expect((await tokensAfter(server, allowed)).scope).toBe('orders:write');
  });

  test('is shown unticked beside what is new', async () => {
    const server = await startShop();
    const { browser } = await leaveOut(server);
    const page = await open(browser, server, { scope: 'orders:write pay', resource: [orders, invoices] });
    expect(page.boxes).toEqual({ 'Change your orders': false });
    expect(groupsOn(page).fresh).toHaveProperty(['Invoices <b>& more</b>'], ['Pay your invoices']);
  });
});

describe('a forged form', () => {
  async function post(server: AuthServer, scopes: string[], parameters = {}) {
    const { browser, page } = await consentAt(server, parameters);
    const form = scopes.map((scope): [string, string] => ['scope', scope]);
    const { action, fields } = page.form('Allow');
    return browser.open(action, {
      method: 'POST',
      body: new URLSearchParams([...Object.entries(fields), ...form]),
      headers: { 'sec-fetch-site': 'same-origin' },
    });
  }

  test('gets no scope that was not asked for', async () => {
    const server = await startShop();
    const end = await post(
      server,
      ['pay', `${orders} orders:write`, `${invoices} pay`, 'email profile', 'x'],
      {
        scope: 'openid orders:read',
      },
    );
    expect((await tokensAfter(server, end)).scope).toBe('openid orders:read');
  });

  test('gets no scope of this name at another API', async () => {
    const server = await startShop();
    const end = await post(server, ['read', `${files}/ read`, `${orders} read`], {
      scope: 'read pay',
      resource: [files, invoices],
    });
    expect((await tokensAfter(server, end)).scope).toBe('pay');
  });

  test('leaves out nothing that is not optional', async () => {
    const server = await startShop({ optional_scopes: [] });
    expect((await tokensAfter(server, await post(server, []))).scope).toBe(ofOrders.scope);
  });

  test('takes back nothing that was allowed before', async () => {
    const server = await startShop();
    await (await consentAt(server)).page.press('Allow');
    const end = await post(server, [], { prompt: 'consent' });
    expect((await tokensAfter(server, end)).scope).toBe(ofOrders.scope);
  });
});

test('a device and a pushed request lead to the same page', async () => {
  const server = await startShop();
  const begun = await deviceOf(server, 'read share orders:read', [files, orders]);
  const device = (await begun.json()) as { device_code: string; verification_uri_complete: string };
  const browser = new UserAgent(server.issuer);
  const signIn = await confirmDevice(await browser.open(device.verification_uri_complete));
  const page = await signIn.press('Sign in', credentials);
  expect(page.boxes).toEqual({ 'Read your files': true, 'Share your files with others': true });
  await page.press('Allow', {}, { 'Share your files with others': false });
  const polled = await postAs(server, shop, '/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: device.device_code,
    resource: files,
  });
  expect((await tokensOf(polled)).scope).toBe('read');

  const { searchParams } = authorizationUrl(server.issuer, shop, { scope: 'read share pay', resource: all });
  const pushed = await postAs(server, shop, '/par', {
    ...Object.fromEntries(searchParams),
    resource: all,
  });
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  const pushedPage = await browser.open(
    `/authorize?${new URLSearchParams({ client_id: shop.id, request_uri })}`,
  );
  expect(groupsOn(pushedPage).before).toEqual({ Files: ['Read your files'] });
  expect(pushedPage.boxes).toEqual({ 'Share your files with others': false, 'Read your invoices': true });
});

describe('of an API or a scope that is no more', () => {
  const scope = 'openid orders:read pay';
  const resource = [orders, invoices];
  const [ofOrdersNow, ofFiles, ofInvoices] = threeApis;
  const withoutInvoices = [ofOrdersNow, ofFiles] as object[];
  const withoutPaying = [...withoutInvoices, { ...ofInvoices, scopes: { read: 'Read your invoices' } }];

  test.each([
    ['an API', withoutInvoices],
    ['a scope', withoutPaying],
  ])('consent is forgotten: once %s is there again, the user is asked for it again', async (_what, apis) => {
    const artifacts = memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal);
    const before = await startShop({ artifacts });
    const { page } = await consentAt(before, { scope, resource });
    const { refresh_token } = await tokensAfter(before, await page.press('Allow'), { resource: orders });

    const meanwhile = await startShop({ artifacts, apis, scope: 'openid orders:read email orders:write' });
    const refreshed = await tokensOf(await refresh(meanwhile, refresh_token, shop, { resource: orders }));
    expect(refreshed.scope).toBe('openid orders:read');
    const { page: asked } = await consentAt(meanwhile, { scope: 'openid orders:read email' });
    await asked.press('Allow');

    const again = await startShop({ artifacts });
    const there = new UserAgent(again.issuer);
    const signIn = await there.open(authorizationUrl(again.issuer, shop, { scope, resource }));
    expect(groupsOn(await signIn.press('Sign in', credentials)).fresh).toEqual({
      'Invoices <b>& more</b>': ['Pay your invoices'],
    });
  });
});
