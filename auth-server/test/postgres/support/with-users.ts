/** An auth server with users in a database, its admin API, and clients that administer. */
import { randomBytes } from 'node:crypto';
import { freePort, recordingTelemetry, serve } from 'shared/test/serve.ts';
import { expect, onTestFinished } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { settingsSchema } from '../../../src/config.ts';
import { ADMIN_SCOPES, isOwnScope } from '../../../src/core/apis/admin-scopes.ts';
import {
  accessToken,
  batch,
  batchRegistration,
  FAST_PATH,
  requestsTo,
  temporaryFile,
} from '../../support/auth-server.ts';
import { cliRegistration, type Tokens, tokensFor } from '../../support/code-flow.ts';
import type { UserAgent } from '../../support/user-agent.ts';
import { createAlice } from './alice.ts';

export const ADMIN_RESOURCE = 'https://admin.example';

/** What alice signs in with at first. */
export const PASSWORD = 'wonderland';

/** The client by which users change what is their own, and administrators the rest. */
export const console_ = {
  id: 'console',
  secret: 'qazwsxedcrfvtgby',
  redirectUri: 'https://console.example/',
};

const registrations = [
  {
    ...batchRegistration,
    admin: true,
    scope: ['current_time', ...ADMIN_SCOPES.filter((scope) => !isOwnScope(scope))].join(' '),
  },
  {
    client_id: console_.id,
    client_secret: console_.secret,
    admin: true,
    redirect_uris: [console_.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
  },
  cliRegistration,
];

export type WithUsers = Awaited<ReturnType<typeof startWithUsers>>;

/** Starts one until the test is finished, and creates alice. */
export async function startWithUsers(
  url: string,
  environment: Record<string, string> = {},
  clients: object[] = [],
) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const settings = settingsSchema.parse({
    ISSUER: issuer,
    // Its own address is allowed too, for tests that give replicas an issuer of their own.
    ALLOWED_HOSTS: `127.0.0.1:${port}`,
    DATABASE_URL: url,
    SEALING_KEYS: randomBytes(32).toString('base64'),
    CLIENTS_FILE: await temporaryFile([...registrations, ...clients]),
    ADMIN_PORT: '1',
    ADMIN_RESOURCE,
    FAST_PATH,
    ...environment,
  });
  const { lines, ...telemetry } = recordingTelemetry();
  const stopping = new AbortController();
  // Whoever is left would go on following a database that the next test has emptied.
  onTestFinished(() => stopping.abort());
  const app = await createApp({ settings, ...telemetry, stopping: stopping.signal });
  await serve(app.callback(), port);
  const [admin = expect.unreachable('there is no admin API')] = app.others ?? [];
  const adminApi = await serve(admin.callback());
  const server = requestsTo(issuer);

  /** Calls the admin API: as a client that may do everything, unless with the token of a user. */
  async function call(
    method: string,
    path: string,
    { body, token, headers = {} }: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const scope = ADMIN_SCOPES.filter((name) => !isOwnScope(name)).join(' ');
    const parameters = { scope, resource: ADMIN_RESOURCE };
    const bearer = token ?? (await accessToken(await server.requestClientToken(parameters, batch)));
    return fetch(`${adminApi}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Tokens of the user who signs in to the console in a browser. */
  function consoleTokens(browser?: UserAgent, scope = 'profile:read profile:write'): Promise<Tokens> {
    const parameters = { scope, resource: ADMIN_RESOURCE, redirect_uri: console_.redirectUri };
    return tokensFor(server, console_, parameters, browser);
  }

  /** The names of the issuer's routes that have answered so far. */
  async function routes(): Promise<string[]> {
    const counted = (await telemetry.metrics.text()).matchAll(
      /^http_server_request_duration_seconds_count\{.*route="(\w+)"/gm,
    );
    return [...counted].map(([, route = '']) => route);
  }

  return { ...server, lines, adminApi, call, consoleTokens, routes, alice: await createAlice(url, PASSWORD) };
}
