/** A fake authorization server, a webapp that is registered there, and browsers that go between the two. */
import { freePort, recordingTelemetry, serve } from 'shared/test/serve.ts';
import { type Answer, form, json, startUpstream } from 'shared/test/upstream.ts';
import { createApp } from '../src/app.ts';
import { settingsSchema } from '../src/config.ts';
import { TIMES, TOKEN_RESPONSE } from './webapp.ts';

interface Scenario {
  /** Parameters that the authorization response adds or replaces; undefined leaves one out. */
  response?: Record<string, string | undefined>;
  /** What the token endpoint answers. */
  token?: Answer;
  api?: Answer;
  environment?: Record<string, string>;
}

/** Starts all of them until the test is finished. The authorization server grants at once unless told otherwise. */
export async function startCodeFlow({ response = {}, token, api, environment }: Scenario = {}) {
  const authorizationRequests: Record<string, string>[] = [];
  let issued = 0;

  const authServer = await startUpstream((request, res) => {
    const url = new URL(request.url, 'http://host');
    if (url.pathname !== '/authorize') {
      return (token ?? json({ ...TOKEN_RESPONSE, access_token: `secret-token-${++issued}` }))(request, res);
    }
    const asked = Object.fromEntries(url.searchParams);
    authorizationRequests.push(asked);
    const back = new URL(String(asked.redirect_uri));
    const usual = { code: `secret-code-${authorizationRequests.length}`, iss: authServer.base };
    for (const [name, value] of Object.entries({ ...usual, state: asked.state, ...response })) {
      if (value !== undefined) back.searchParams.set(name, value);
    }
    res.writeHead(303, { location: back.href }).end();
  });

  const apiServer = await startUpstream((request, res) =>
    (api ?? json(request.url === '/epoch_time' ? TIMES.epoch_time : TIMES.current_time))(request, res),
  );

  const port = await freePort();
  const redirectUri = `http://127.0.0.1:${port}/callback`;
  const settings = settingsSchema.parse({
    ISSUER: authServer.base,
    RESOURCE: apiServer.base,
    WEBAPP_REDIRECT_URI: redirectUri,
    ...environment,
  });
  const { lines, ...telemetry } = recordingTelemetry();
  const app = await createApp({ settings, ...telemetry, stopping: new AbortController().signal });
  const base = await serve(app.callback(), port);

  return {
    base,
    lines,
    issuer: authServer.base,
    api: apiServer.base,
    redirectUri,
    authorizationRequests,
    /** The requests that came to the token endpoint. */
    redemptions: () => authServer.received.filter(({ method }) => method === 'POST'),
    redeemed: () => authServer.received.filter(({ method }) => method === 'POST').map(form),
    apiRequests: apiServer.received,
    /** Goes through a whole flow in a browser of its own. */
    visit: (path: string, headers: Record<string, string> = {}) =>
      new Browser().visit(`${base}${path}`, headers),
    /** Goes through a flow up to the callback, which the browser has not opened yet. */
    begin: async (browser: Browser, path = '/current_time?grant_type=authorization_code') => {
      const begun = await browser.get(`${base}${path}`);
      const granted = await browser.get(locationOf(begun));
      return { begun, callback: locationOf(granted) };
    },
  };
}

/** A browser that keeps cookies and sends them to their host and path. */
export class Browser {
  readonly cookies = new Map<string, { value: string; host: string; path: string }>();

  /** Makes one request, without following redirects. */
  async get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const { host, pathname } = new URL(url);
    const cookie = [...this.cookies]
      .filter(([, { host: of, path }]) => of === host && pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { ...headers, ...(cookie && { cookie }) },
    });
    for (const header of response.headers.getSetCookie()) this.#keep(header, host);
    return response;
  }

  /** Follows redirects, and sends these headers with the first request only. */
  async visit(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await this.get(url, headers);
    return response.status === 303 ? this.visit(locationOf(response)) : response;
  }

  #keep(header: string, host: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
    const path = /; Path=([^;]+)/.exec(header)?.[1] ?? '/';
    if (/; Max-Age=0/.test(header)) this.cookies.delete(name);
    else this.cookies.set(name, { value, host, path });
  }
}

/** Where an answer redirects to. */
export function locationOf(response: Response): string {
  return String(response.headers.get('location'));
}
