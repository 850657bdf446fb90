/** The logs of a whole run hold no secrets. */
import { createHash, randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { cookieJar, locationOf } from './cookie-jar.ts';
import { startedSystem } from './system.ts';

test('no secret, password, token or credential is logged at any level', async () => {
  const system = await startedSystem({ LOG_LEVEL: 'trace' });
  onTestFinished(async () => void (await system.stop()));
  const { authServer, resourceServer, webapp } = system.urls;
  const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`;
  const post = (url: string, form: Record<string, string>, authorization?: string) =>
    fetch(url, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: authorization ? { authorization } : {},
    });
  const client = basic('1234', 'qwerty');
  const user = { username: 'alice', password: 'wonder-password' };

  const granted = await post(`${authServer}/token`, { grant_type: 'password', ...user }, client);
  const { access_token: token } = (await granted.json()) as { access_token: string };
  const bearer = { authorization: `Bearer ${token}` };

  await fetch(`${webapp}/current_time`, { headers: { authorization: basic('alice', 'wonder-password') } });
  await fetch(`${webapp}/current_time`, { headers: { authorization: basic('al', 'short-user-password') } });
  await fetch(`${webapp}/current_time?password=query-password`);
  await post(`${authServer}/token`, {
    grant_type: 'password',
    ...user,
    client_id: '1234',
    client_secret: 'qwerty',
  });
  await post(`${authServer}/token`, { grant_type: 'password', ...user }, basic('1234', 'wrong-secret'));
  await post(
    `${authServer}/token`,
    { grant_type: 'password', username: 'al', password: 'refused-password' },
    client,
  );
  await post(`${authServer}/introspect`, { token }, basic('resource-server', 'asdfgh'));
  await post(`${authServer}/introspect`, { token }, basic('resource-server', 'other-wrong-secret'));
  await post(`${authServer}/introspect?token=${token}`, { token }, client);
  await fetch(`${resourceServer}/current_time`, { headers: bearer });
  await fetch(`${resourceServer}/current_time?access_token=${token}`);
  await post(`${authServer}/revoke`, { token }, client);
  await fetch(`${resourceServer}/current_time`, { headers: bearer });

  // The authorization code flow, for a client whose users see pages.
  const browser = cookieJar();
  const [verifier, challenge] = pkce();
  const redirectUri = 'http://localhost:5004/callback';
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: '5678',
    redirect_uri: redirectUri,
    scope: 'openid current_time',
    state: 'the-secret-state-of-this-test',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const signIn = locationOf(await browser.visit(`${authServer}/authorize?${parameters}`));
  const signedIn = await browser.visit(`${signIn}/sign-in`, { username: 'carol', password: 'page-password' });
  const consent = locationOf(await browser.visit(locationOf(signedIn).href));
  const [, shown = ''] =
    /name="shown" value="([^"]+)"/.exec(await (await browser.visit(consent.href)).text()) ?? [];
  const consented = await browser.visit(`${consent}/consent`, { decision: 'accept', shown });
  const code = String(locationOf(await browser.visit(locationOf(consented).href)).searchParams.get('code'));
  expect(code).toMatch(/^[\w-]{43}$/);
  const redeemed = await post(
    `${authServer}/token`,
    { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier },
    basic('5678', 'asdfgh'),
  );
  const tokens = (await redeemed.json()) as Record<'access_token' | 'refresh_token' | 'id_token', string>;
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
  await post(`${authServer}/token`, refresh, basic('5678', 'asdfgh'));
  await post(`${authServer}/token`, refresh, basic('5678', 'asdfgh'));
  const webappBrowser = cookieJar();
  let answer = await webappBrowser.visit(`${webapp}/current_time?grant_type=authorization_code`);
  const urls: URL[] = [];
  while (answer.status === 303) {
    urls.push(locationOf(answer));
    answer = await webappBrowser.visit(locationOf(answer).href);
  }
  const device = await post(
    `${authServer}/device_authorization`,
    { client_id: '5678' },
    basic('5678', 'asdfgh'),
  );
  const { device_code, user_code } = (await device.json()) as Record<'device_code' | 'user_code', string>;
  await browser.visit(`${authServer}/device?user_code=${user_code}`);
  await system.stop();

  expect(system.lines().filter(({ event }) => event === 'http.request').length).toBeGreaterThan(15);
  const secrets = [
    ...['qwerty', 'asdfgh', 'builder', 'wonder-password', 'short-user-password', 'query-password'],
    ...['wrong-secret', 'refused-password', 'other-wrong-secret', token, token.split('.')[2], 'eyJ'],
    ...['page-password', 'the-secret-state-of-this-test', code, verifier, device_code, user_code],
    ...[tokens.refresh_token, tokens.id_token, ...browser.values, ...webappBrowser.values],
    ...urls.flatMap(({ searchParams }) => ['code', 'state'].flatMap((name) => searchParams.getAll(name))),
    ...[signIn, consent, ...urls].flatMap(({ pathname }) => pathname.match(/[\w-]{20,}/g) ?? []),
    ...[btoa('1234:qwerty'), btoa('resource-server:asdfgh'), 'Bearer', 'Basic '],
  ];
  expect(secrets.filter((secret) => system.output().includes(String(secret)))).toEqual([]);
});

/** A code verifier and its S256 challenge (RFC 7636 §4). */
function pkce(): [verifier: string, challenge: string] {
  const verifier = randomBytes(32).toString('base64url');
  return [verifier, createHash('sha256').update(verifier).digest('base64url')];
}
