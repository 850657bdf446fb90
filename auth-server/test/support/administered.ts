/** An auth server with its admin API, whose keys a client may see and replace. */
import { freePort, recordingTelemetry, serve } from 'shared/test/serve.ts';
import { expect } from 'vitest';
import type { StoreOverrides } from '../../src/app/open-stores.ts';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';
import {
  accessToken,
  batch,
  batchRegistration,
  FAST_PATH,
  requestsTo,
  temporaryFile,
} from './auth-server.ts';

export const ADMIN_RESOURCE = 'https://admin.example';

export type Administered = Awaited<ReturnType<typeof startAdministered>>;

/**
 * Starts a server with these settings until the test is finished. The client {@link batch} may administer its keys.
 *
 * @param telemetry receives the logs and metrics, if the test reads them
 */
export async function startAdministered(
  environment: Record<string, string> = {},
  { lines, ...telemetry } = recordingTelemetry(),
  overrides: StoreOverrides = {},
) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const administrator = { ...batchRegistration, admin: true, scope: 'keys:read keys:write current_time' };
  const settings = {
    ...settingsSchema.parse({
      ISSUER: issuer,
      // Its own address is allowed too, for tests that give it the issuer of another.
      ALLOWED_HOSTS: `127.0.0.1:${port}`,
      CLIENTS_FILE: await temporaryFile([administrator]),
      ADMIN_RESOURCE,
      FAST_PATH,
      ...environment,
    }),
    // Operators may have an admin API only beside a database, and only where users are real.
    ADMIN_PORT: 1,
  };
  const stopping = new AbortController().signal;
  const app = await createApp({ settings, ...telemetry, stopping }, overrides);
  await serve(app.callback(), port);
  const [admin = expect.unreachable('there is no admin API')] = app.others ?? [];
  const adminApi = await serve(admin.callback());
  return { ...requestsTo(issuer), adminApi, stopping, lines };
}

/** A token for the admin API. */
export async function adminToken({ requestClientToken }: Administered): Promise<string> {
  return accessToken(
    await requestClientToken({ scope: 'keys:read keys:write', resource: ADMIN_RESOURCE }, batch),
  );
}

/** The admin API's answer about its keys to a caller with this token. */
export function keysOf({ adminApi }: Administered, token: string): Promise<Response> {
  return fetch(`${adminApi}/keys`, { headers: { authorization: `Bearer ${token}` } });
}

/** Replaces the keys that sign, as an administrator does. */
export async function rotate(system: Administered, at: 'published' | 'now'): Promise<void> {
  const response = await fetch(`${system.adminApi}/keys/rotations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await adminToken(system)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ at }),
  });
  expect(await response.json()).toMatchObject({ items: expect.any(Array) });
  expect(response.status).toBe(200);
}

/** The `kid`s of the published key set. */
export async function publishedKids({ issuer }: { issuer: string }): Promise<string[]> {
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}
