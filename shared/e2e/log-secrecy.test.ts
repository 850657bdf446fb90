/** What the logs of a whole run must not hold. */
import { expect, onTestFinished, test } from 'vitest';
import { startedSystem } from './system.ts';

test('no secret, password, token or credentials are ever logged, at any level', async () => {
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
  await system.stop();

  expect(system.lines().filter(({ event }) => event === 'http.request').length).toBeGreaterThan(15);
  const secrets = [
    ...['qwerty', 'asdfgh', 'builder', 'wonder-password', 'short-user-password', 'query-password'],
    ...['wrong-secret', 'refused-password', 'other-wrong-secret', token, token.split('.')[2], 'eyJ'],
    ...[btoa('1234:qwerty'), btoa('resource-server:asdfgh'), 'Bearer', 'Basic '],
  ];
  expect(secrets.filter((secret) => system.output().includes(String(secret)))).toEqual([]);
});
