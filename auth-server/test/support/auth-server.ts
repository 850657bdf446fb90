/** The auth server under test, and the requests that tests make of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { parseSettings } from 'shared/config/settings.ts';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { freePort, recordingTelemetry, serve } from 'shared/test/serve.ts';
import { expect, onTestFinished } from 'vitest';
import type { Outside } from '../../src/adapters/outside.ts';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';
import type { ApiRegistry } from '../../src/core/apis/api-registry.ts';
import type { AuditLog } from '../../src/core/audit/audit-log.ts';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';

export const webapp = { id: '1234', secret: 'qwerty' };
export const resourceServer = { id: 'resource-server', secret: 'asdfgh' };

/** A client that acts for itself, once its registration is in CLIENTS_FILE. */
export const batch = { id: 'batch', secret: 'zxcvbn' };
export const batchRegistration = {
  client_id: batch.id,
  client_secret: batch.secret,
  grant_types: ['client_credentials'],
  response_types: [],
};

export interface Client {
  id: string;
  secret: string;
}

/** Whether tests use the fast path unless they set it themselves; the environment decides. */
export const FAST_PATH = process.env.FAST_PATH === 'off' ? 'off' : 'on';

/** Starts an auth server with these settings, at an issuer of its own, until the test is finished. */
export async function startAuthServer(
  environment: Record<string, string> = {},
  overrides: {
    users?: UserDirectory;
    artifacts?: ArtifactStore;
    apis?: ApiRegistry;
    audit?: AuditLog;
    outside?: Outside;
  } = {},
) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  // Its own address is allowed too, for tests that give it the issuer of another.
  const given = { ISSUER: issuer, ALLOWED_HOSTS: `127.0.0.1:${port}`, FAST_PATH, ...environment };
  const settings = settingsSchema.parse(given);
  const { lines, ...telemetry } = recordingTelemetry();
  const app = await createApp({ settings, ...telemetry, stopping: new AbortController().signal }, overrides);
  await serve(app.callback(), port);

  /** Has the server read its files again, as on SIGHUP. */
  const reload = async () => app.reload?.(parseSettings(settingsSchema, given));
  return { lines, metrics: telemetry.metrics, reload, ...requestsTo(issuer) };
}

/** The requests that tests make of an auth server at an address. */
export function requestsTo(issuer: string) {
  /** Posts a form; `client`, if given, authenticates by HTTP Basic. */
  const post = (
    path: string,
    form: Record<string, string> | [string, string][],
    client?: Client,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: {
        ...(client && { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` }),
        ...headers,
      },
    });

  return {
    issuer,
    post,
    /** A token by the password grant, with further parameters or others in their place. */
    requestToken: (parameters: Record<string, string> = {}, client: Client | undefined = webapp) =>
      post(
        '/token',
        { grant_type: 'password', username: 'alice', password: 'wonderland', ...parameters },
        client,
      ),
    /** A token by the client credentials grant. */
    requestClientToken: (parameters: Record<string, string> = {}, client: Client | undefined = batch) =>
      post('/token', { grant_type: 'client_credentials', ...parameters }, client),
    introspect: (token: string, client: Client | undefined = resourceServer) =>
      post('/introspect', { token }, client),
    revoke: (token: string, client: Client | undefined = webapp) => post('/revoke', { token }, client),
  };
}

/** The access token of a token response. */
export async function accessToken(response: Response): Promise<string> {
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Expects an error of RFC 6749 §5.2, in the characters that it allows. */
export async function expectRefusal(response: Response, status: number, error: string): Promise<void> {
  expect(await response.json()).toMatchObject({
    error,
    error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
  });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(response.headers.get('cache-control')).toBe('no-store');
}

/** Writes a file, as JSON unless it is text, and answers its path. The file is removed after the test. */
export async function temporaryFile(content: unknown): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'auth-server-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'content.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** Makes a private key, for a JWKS_FILE and for tokens that a test signs itself. */
export async function makeKey(alg = 'ES256', kid = `${alg}-key`) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' } };
}

/** A GET with any Host and any request target, which `fetch` does not allow. */
export async function get(server: string, target: string, host: string) {
  return parsed(await sendLines(server, `GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close'));
}
