/** What our code assumes of oidc-provider about its answers: of the device flow, of discovery and to programs, and replays, pinned on the bare library: an upgrade that changes it fails here. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startBareProvider } from '../support/bare-provider.ts';

describe('for the device flow, the library', () => {
  /** Asks for a device code at a bare provider whose answer was changed by a listener. */
  async function answerChangedBy(change: (answer: Record<string, unknown>) => void) {
    const { provider, callback, post } = await startBareProvider();
    provider.on('device_authorization.success', (_ctx, answer) => change(answer));
    await callback();
    return (await post('/device/auth', { client_id: 'device' })).json();
  }

  test('answers without an interval, and with what a listener adds', async () => {
    expect(await answerChangedBy(() => {})).not.toHaveProperty('interval');
    expect(await answerChangedBy((answer) => Object.assign(answer, { interval: 5 }))).toMatchObject({
      device_code: expect.any(String),
      interval: 5,
    });
  });
});

test('the library keeps a used assertion or proof by the hash of its issuer and its id', async () => {
  const { calls, provider } = await startBareProvider();
  const { ReplayDetection } = provider as unknown as {
    ReplayDetection: { unique(iss: string, jti: string, exp: number): Promise<boolean> };
  };
  await ReplayDetection.unique('client', 'the-jti', Math.floor(Date.now() / 1000) + 60);
  const id = createHash('sha256').update('clientthe-jti').digest('base64url');
  expect(calls).toContainEqual(['ReplayDetection', 'find', id]);
});

test("the library's metadata say how clients authenticate at the token endpoint only, and name no prompts", async () => {
  const { issuer, callback } = await startBareProvider();
  await callback();
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  expect(metadata).toHaveProperty('token_endpoint_auth_methods_supported');
  expect(metadata).toHaveProperty('token_endpoint_auth_signing_alg_values_supported');
  expect(metadata).not.toHaveProperty('revocation_endpoint_auth_methods_supported');
  expect(metadata).not.toHaveProperty('introspection_endpoint_auth_methods_supported');
  expect(metadata).not.toHaveProperty('prompt_values_supported');
});

test('the library asks for a page for a program that prefers HTML, with the route of the request', async () => {
  const routes: string[] = [];
  const { provider, callback, issuer } = await startBareProvider({}, (ctx) => {
    routes.push(ctx.oidc.route);
  });
  await callback();
  expect(provider).toBeDefined();
  const headers = { accept: 'text/html, */*; q=.2' };
  await fetch(`${issuer}/token`, { method: 'POST', headers });
  await fetch(`${issuer}/auth`, { headers });
  expect(routes).toEqual(['token', 'authorization']);
});
