/** A start without the database: the service listens, says that it is not ready, and answers 503 to other requests. */
import { freePort, recordingTelemetry, serve } from 'shared/test/serve.ts';
import { expect, onTestFinished, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';

/** The addresses of the issuer and of its admin API, whose database cannot be reached. */
async function startWithoutDatabase() {
  const [issuerPort, nobodysPort] = [await freePort(), await freePort()];
  const settings = settingsSchema.parse({
    ISSUER: `http://127.0.0.1:${issuerPort}`,
    ADMIN_PORT: '1',
    DATABASE_URL: `postgres://127.0.0.1:${nobodysPort}/none`,
    SEALING_KEYS: Buffer.alloc(32, 1).toString('base64'),
  });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const { lines, ...telemetry } = recordingTelemetry();
  const app = await createApp({ settings, ...telemetry, stopping: stopping.signal });
  const [admin = expect.unreachable('there is no admin API')] = app.others ?? [];
  return {
    lines,
    issuer: await serve(app.callback(), issuerPort),
    adminApi: await serve(admin.callback()),
  };
}

const post = { method: 'POST', body: new URLSearchParams({ grant_type: 'password' }) };
const withToken = { headers: { authorization: 'Bearer a-token' } };

test('the issuer and the admin API are live, not ready, and answer 503 with Retry-After', async () => {
  const { issuer, adminApi, lines } = await startWithoutDatabase();
  for (const service of [issuer, adminApi]) {
    expect((await fetch(`${service}/health/live`)).status).toBe(200);
    const ready = await fetch(`${service}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'not ready', dependencies: { database: 'down' } });
  }
  for (const refused of [
    await fetch(`${issuer}/jwks`),
    await fetch(`${issuer}/token`, post),
    await fetch(`${adminApi}/users`, withToken),
  ]) {
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    // An OAuth error, or a problem at the admin API.
    const { error_description, detail } = (await refused.json()) as Record<string, string>;
    expect(error_description ?? detail).toContain('Try again later');
  }
  expect(lines).toContainEqual(expect.objectContaining({ event: 'store.awaited', level: 40 }));
  expect(lines).not.toContainEqual(expect.objectContaining({ event: 'request.failed' }));
});
