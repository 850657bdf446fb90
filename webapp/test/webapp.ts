/** The webapp under test, and the requests that tests make of it. */
import { recordingTelemetry, serve } from 'shared/test/serve.ts';
import { json, startUpstream } from 'shared/test/upstream.ts';
import { createApp } from '../src/app.ts';
import { settingsSchema } from '../src/config.ts';
import type { CallApi, Credentials, GetToken } from '../src/core/ask-the-time.ts';

/** The answers of the API. */
export const TIMES = {
  current_time: { current_time: '2026-11-22T06:11:11.703Z' },
  epoch_time: { epoch_time: 1795327871 },
};

/** What the token endpoint answers when nothing is wrong. */
export const TOKEN_RESPONSE = { access_token: 'secret-token', token_type: 'Bearer', expires_in: 5 };

/** Starts a webapp with these settings until the test is finished. */
export async function startWebapp(
  environment: Record<string, string> = {},
  overrides: { getToken?: GetToken; callApi?: CallApi } = {},
) {
  const settings = settingsSchema.parse(environment);
  const { lines, ...telemetry } = recordingTelemetry();
  const app = await createApp({ settings, ...telemetry, stopping: new AbortController().signal }, overrides);
  const base = await serve(app.callback());
  return {
    base,
    lines,
    get: (path: string, headers: Record<string, string> = {}) => fetch(`${base}${path}`, { headers }),
  };
}

/** Starts a webapp with fake ports that grant everything unless told otherwise, and that record their calls. */
export async function startWithOverrides(overrides: { getToken?: GetToken; callApi?: CallApi } = {}) {
  const grants: { user: Credentials; scope: string }[] = [];
  const calls: { endpoint: string; token: string }[] = [];
  const webapp = await startWebapp(
    {},
    {
      getToken: async (user, scope, address) => {
        grants.push({ user, scope });
        return overrides.getToken
          ? overrides.getToken(user, scope, address)
          : { ok: true, value: `token-${grants.length}` };
      },
      callApi: async (endpoint, token) => {
        calls.push({ endpoint, token });
        return overrides.callApi ? overrides.callApi(endpoint, token) : { ok: true, value: TIMES[endpoint] };
      },
    },
  );
  return { ...webapp, grants, calls };
}

/** Starts a webapp between a fake auth server and a fake API, which answer well unless told otherwise. */
export async function startBetween(
  upstreams: { authServer?: string; api?: string } = {},
  environment: Record<string, string> = {},
) {
  const tokens = await startUpstream(json(TOKEN_RESPONSE));
  const api = await startUpstream((request, res) =>
    json(request.url === '/epoch_time' ? TIMES.epoch_time : TIMES.current_time)(request, res),
  );
  const webapp = await startWebapp({
    ISSUER: upstreams.authServer ?? tokens.base,
    RESOURCE: upstreams.api ?? api.base,
    ...environment,
  });
  return { ...webapp, tokenRequests: tokens.received, apiRequests: api.received };
}

/** The Authorization header of `curl -u user:password`. */
export function basic(userAndPassword: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(userAndPassword).toString('base64')}` };
}
