/** The auth server under test, and the requests that tests make of it. */
import { freePort, recordingLogger, serve } from 'shared/test/serve.ts';
import { createApp } from '../src/app.ts';
import { settingsSchema } from '../src/config.ts';
import type { UserDirectory } from '../src/core/user-directory.ts';

export const webapp = { id: '1234', secret: 'qwerty' };
export const resourceServer = { id: 'resource-server', secret: 'asdfgh' };

export interface Client {
  id: string;
  secret: string;
}

/** Starts an auth server with these settings, at an issuer of its own, until the test is finished. */
export async function startAuthServer(
  environment: Record<string, string> = {},
  ports: { users?: UserDirectory } = {},
) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const settings = settingsSchema.parse({ ISSUER: issuer, ...environment });
  const { log, lines } = recordingLogger();
  const app = await createApp({ settings, log, stopping: new AbortController().signal }, ports);
  await serve(app.callback(), port);

  /** Posts a form; `client` authenticates by HTTP Basic. */
  const post = (path: string, form: Record<string, string> | [string, string][], client?: Client) =>
    fetch(`${issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: client ? { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` } : {},
    });

  return {
    issuer,
    lines,
    post,
    /** A token by the password grant, with further parameters or others in their place. */
    requestToken: (parameters: Record<string, string> = {}, client: Client | undefined = webapp) =>
      post(
        '/token',
        { grant_type: 'password', username: 'alice', password: 'wonderland', ...parameters },
        client,
      ),
    introspect: (token: string, client: Client | undefined = resourceServer) =>
      post('/introspect', { token }, client),
    revoke: (token: string, client: Client | undefined = webapp) => post('/revoke', { token }, client),
  };
}

/** The access token of a token response. */
export async function accessToken(response: Response): Promise<string> {
  return ((await response.json()) as { access_token: string }).access_token;
}
