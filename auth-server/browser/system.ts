/** The auth server, and a third-party application whose users it serves. */
import { text } from 'node:stream/consumers';
import { freePort, serve } from 'shared/test/serve.ts';
import { startAuthServer, temporaryFile } from '../test/support/auth-server.ts';

const calendar = { id: 'calendar', secret: 'a-secret-of-the-calendar' };

/** From RFC 7636 Appendix B. */
const CODE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

export type System = Awaited<ReturnType<typeof startSystem>>;

/** Starts both, until the test is finished. The application is on another site than the auth server. */
export async function startSystem() {
  const application = await startApplication();
  const server = await startAuthServer({
    CLIENTS_FILE: await temporaryFile([
      {
        client_id: calendar.id,
        client_secret: calendar.secret,
        client_name: 'Team calendar',
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: [application.callback, application.onward],
        post_logout_redirect_uris: [application.home, application.onward],
      },
      {
        client_id: 'native',
        client_name: 'Pocket clock',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['com.example.clock:/callback', 'http://[::1]/callback'],
      },
    ]),
  });
  return {
    issuer: server.issuer,
    application,
    /** The application's authorization request, with more or other parameters. */
    authorizeUrl: (parameters: Record<string, string> = {}) =>
      `${server.issuer}/authorize?${new URLSearchParams({
        client_id: calendar.id,
        redirect_uri: application.callback,
        response_type: 'code',
        scope: 'openid email current_time',
        state: 'a-state',
        code_challenge: CODE_CHALLENGE,
        code_challenge_method: 'S256',
        ...parameters,
      })}`,
    /** The device's first request (RFC 8628 §3.1). */
    async startDevice() {
      const answer = await server.post('/device_authorization', { scope: 'current_time' }, calendar);
      return (await answer.json()) as Record<
        'device_code' | 'user_code' | 'verification_uri' | 'verification_uri_complete',
        string
      >;
    },
    /** A poll of the device (RFC 8628 §3.4). */
    async poll(device_code: string) {
      const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
      const answer = await server.post('/token', { grant_type, device_code }, calendar);
      return (await answer.json()) as Record<string, unknown>;
    },
  };
}

/** The application records what comes to its callback, and redeems no code. */
async function startApplication() {
  const port = await freePort();
  const home = `http://localhost:${port}/`;
  const answers: URLSearchParams[] = [];
  let content = '';
  let next = home;
  await serve(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', home);
    if (pathname === '/callback') {
      answers.push(request.method === 'POST' ? new URLSearchParams(await text(request)) : searchParams);
    }
    if (pathname === '/onward') {
      response.writeHead(303, { Location: next }).end();
      return;
    }
    response.setHeader('Content-Type', 'text/html');
    const shown = pathname === '/page' ? content : pathname;
    response.end(`<!doctype html><title>Application</title><link rel="icon" href="data:,">${shown}`);
  }, port);
  return {
    home,
    callback: `${home}callback`,
    /** A callback that sends the browser on to where {@link leadOnTo} says. */
    onward: `${home}onward`,
    leadOnTo(url: string): void {
      next = url;
    },
    /** The requests to the callback so far. */
    answers,
    /** A page of the application that shows another page in a frame. */
    framing: (url: string) => pageWith(`<iframe src="${url.replaceAll('&', '&amp;')}"></iframe>`),
    /** A page of the application that posts an empty form elsewhere. */
    posting: (url: string) => pageWith(`<form method="post" action="${url}"><button>Post</button></form>`),
  };

  function pageWith(html: string): string {
    content = html;
    return `${home}page`;
  }
}
