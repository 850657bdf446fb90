/** The three services and the doctor where the issuer is below a path of a host, behind a proxy of each kind. */
import { freePort } from 'shared/test/serve.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cookieJar, locationOf } from './cookie-jar.ts';
import { startProxy } from './doctor/doctor-proxy.ts';
import { diagnose } from './doctor/doctor-run.ts';
import { startedSystem } from './system.ts';

const TIMEOUT = 60_000;

/** A proxy that removes the path. It leaves alone what is at the root of the host (RFC 8414 §3.1). */
const withoutPath = (path: string) => path.replace(/^\/auth\//, '/');

async function start(rewrite: (path: string) => string, settings: Record<string, string>) {
  const port = await freePort();
  const proxy = await startProxy(port, rewrite);
  const issuer = `${proxy.url}/auth`;
  const environment = { ISSUER: issuer, AUTH_SERVER_PORT: String(port), ...settings };
  const system = await startedSystem(environment);
  onTestFinished(async () => {
    await system.stop();
    proxy.close();
  });
  const { RESOURCE_SERVER_PORT, WEBAPP_PORT } = {
    RESOURCE_SERVER_PORT: new URL(system.urls.resourceServer).port,
    WEBAPP_PORT: new URL(system.urls.webapp).port,
  };
  return { issuer, system, seenByDoctor: { ...environment, RESOURCE_SERVER_PORT, WEBAPP_PORT } };
}

describe.each([
  ['keeps the path', (path: string) => path, {}],
  ['removes the path', withoutPath, { PROXY_STRIPS_PATH: 'on' }],
])('behind a proxy that %s', { timeout: TIMEOUT }, (_what, rewrite, settings) => {
  test('the webapp calls the API by both grants, and the doctor finds no fault', async () => {
    const { system, seenByDoctor, issuer } = await start(rewrite, {
      ...settings,
      INTROSPECTION_RESPONSE: 'jwt',
    });
    const { webapp, resourceServer } = system.urls;
    expect(await (await fetch(`${webapp}/current_time`)).json()).toEqual({
      current_time: expect.any(String),
    });

    const browser = cookieJar();
    let response = await browser.visit(`${webapp}/epoch_time?grant_type=authorization_code`);
    expect(locationOf(response).href).toMatch(`${issuer}/authorize?`);
    while (response.status === 303) response = await browser.visit(locationOf(response).href);
    expect(await response.json()).toEqual({ epoch_time: expect.any(Number) });

    const { exitCode, named } = await diagnose(seenByDoctor);
    expect(named('fault')).toEqual([]);
    expect(named('ok')).toContain('services: auth-server');
    expect(exitCode).toBe(0);
    const metadata = await fetch(`${resourceServer}/.well-known/oauth-protected-resource`);
    expect(await metadata.json()).toMatchObject({ authorization_servers: [issuer] });
  });
});

test('the doctor says what to do about a proxy that removes the path without a word', {
  timeout: TIMEOUT,
}, async () => {
  const { seenByDoctor, issuer } = await start(withoutPath, {});
  const { check } = await diagnose(seenByDoctor);
  expect(check('discovery', `openid-configuration at ${issuer}`)).toMatchObject({
    result: 'fault',
    mend: expect.stringContaining('PROXY_STRIPS_PATH'),
  });
});
