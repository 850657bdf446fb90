/** Consent to several APIs at once: grouped by API, in the user's language, and apart from what was allowed before. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  type AuthServer,
  answerAt,
  authorizationUrl,
  redeem,
  refresh,
  tokensOf,
} from '../support/code-flow.ts';
import { all, files, groupsOn, invoices, orders, shop, startShop } from '../support/three-apis.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const EVERYTHING = 'openid email orders:read orders:write read share pay';

const open = (browser: UserAgent, server: AuthServer, parameters = {}, headers = {}) =>
  browser.open(authorizationUrl(server.issuer, shop, { scope: EVERYTHING, resource: all, ...parameters }), {
    headers,
  });

/** Opens the consent page in a new browser. */
async function consentAt(server: AuthServer, parameters = {}) {
  const browser = new UserAgent(server.issuer);
  const signIn = await open(browser, server, parameters);
  return { browser, page: await signIn.press('Sign in', { username: 'alice', password: 'wonderland' }) };
}

const codeAt = (page: Page) => answerAt(page, shop).code ?? '';

describe('the page', () => {
  test('groups what is asked for by API, what is about the account first', async () => {
    const { page } = await consentAt(await startShop());
    expect(groupsOn(page)).toEqual({
      fresh: {
        'Your account': ['Know who you are', 'See your email address'],
        Orders: ['See your orders', 'Change your orders'],
        Files: ['Read your files', 'Share your files with others'],
        'Invoices <b>& more</b>': ['Read your invoices', 'Pay your invoices'],
      },
      before: {},
    });
    expect(page.html).not.toContain('<b>');
  });

  test('shows nothing of an API that was not named', async () => {
    const { page } = await consentAt(await startShop(), { scope: 'read', resource: invoices });
    expect(groupsOn(page).fresh).toEqual({ 'Invoices <b>& more</b>': ['Read your invoices'] });
  });

  test('shows only what this client may ask for', async () => {
    const server = await startShop({ scope: 'openid orders:read read' });
    const { page } = await consentAt(server, { scope: undefined });
    expect(groupsOn(page).fresh).toEqual({
      Orders: ['See your orders'],
      Files: ['Read your files'],
      'Invoices <b>& more</b>': ['Read your invoices'],
    });
  });

  test('shows what was allowed before apart from what is new', async () => {
    const server = await startShop();
    const { page, browser } = await consentAt(server, { scope: 'openid orders:read', resource: orders });
    codeAt(await page.press('Allow'));
    expect(groupsOn(await open(browser, server, { scope: 'openid orders:read pay' }))).toEqual({
      fresh: { 'Invoices <b>& more</b>': ['Pay your invoices'] },
      before: { 'Your account': ['Know who you are'], Orders: ['See your orders'] },
    });
  });

  test('takes a scope of two APIs for new at the one where it is', async () => {
    const server = await startShop();
    const { page, browser } = await consentAt(server, { scope: 'read', resource: files });
    codeAt(await page.press('Allow'));
    expect(groupsOn(await open(browser, server, { scope: 'read', resource: [files, invoices] }))).toEqual({
      fresh: { 'Invoices <b>& more</b>': ['Read your invoices'] },
      before: { Files: ['Read your files'] },
    });
  });

  test('shows all that was allowed when the client has it asked again', async () => {
    const server = await startShop();
    const { page, browser } = await consentAt(server, { scope: 'openid pay' });
    codeAt(await page.press('Allow'));
    const again = await open(browser, server, { scope: 'openid pay', prompt: 'consent' });
    expect(again.html).toContain('asks again for what you allowed before');
    expect(again.items).toEqual(['Know who you are', 'Pay your invoices']);
    codeAt(await again.press('Allow'));
  });
});

describe('the language', () => {
  const german = ['Ihre Bestellungen sehen', 'Ihre Bestellungen ändern'];
  const scope = 'orders:read orders:write read share';

  test('is that of ui_locales, marked where it is not that of the page', async () => {
    const { page } = await consentAt(await startShop(), { scope, ui_locales: 'it de-AT fr' });
    expect(groupsOn(page).fresh).toMatchObject({ Bestellungen: german, Fichiers: expect.anything() });
    expect(page.html).toContain('<h2><span lang="de">Bestellungen</span></h2>');
    expect(page.html).toContain('<span lang="de">Ihre Bestellungen sehen</span>');
    expect(page.html).toContain('<h2><span lang="fr">Fichiers</span></h2>');
    expect(page.html).toContain('<span>Read your files</span>');
    expect(page.html).toContain('<html lang="en">');
  });

  test('is that of the browser where ui_locales has none', async () => {
    const server = await startShop();
    const { page, browser } = await consentAt(server, { scope, ui_locales: 'it' });
    const accepting = (language: string) =>
      browser.open(page.url, { headers: { 'accept-language': language } });
    expect(groupsOn(await accepting('de-DE,de;q=0.9,en;q=0.8')).fresh).toHaveProperty('Bestellungen', german);
    expect(groupsOn(await accepting('en,de;q=0.9')).fresh).toHaveProperty('Orders');
  });
});

describe('each token request', () => {
  test('picks one of the APIs that were granted, and so does each refresh', async () => {
    const server = await startShop();
    const { page } = await consentAt(server);
    let { refresh_token } = await tokensOf(
      await redeem(server, codeAt(await page.press('Allow')), shop, { resource: files }),
    );
    for (const [resource, scope] of [
      [orders, 'openid email orders:read orders:write'],
      [files, 'openid email read share'],
      [invoices, 'openid email read pay'],
    ]) {
      const tokens = await tokensOf(await refresh(server, refresh_token, shop, { resource }));
      expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: resource, scope });
      ({ refresh_token = refresh_token } = tokens);
    }
  });
});
