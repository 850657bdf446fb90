/** The steps of the authorization code flow: the request, the user's part of it, and the redemption. */
import { endpointAt } from 'shared/config/settings.ts';
import { expect } from 'vitest';
import { type Client, type requestsTo, resourceServer, webapp } from './auth-server.ts';
import { type Page, UserAgent } from './user-agent.ts';

export type AuthServer = ReturnType<typeof requestsTo>;

export interface CodeClient {
  id: string;
  /** A client without one is public. */
  secret?: string;
  redirectUri: string;
}

export const api = 'http://localhost:5002';
export const firstParty = { ...webapp, redirectUri: 'http://localhost:5003/callback' };
export const thirdParty = { id: '5678', secret: 'asdfgh', redirectUri: 'http://localhost:5004/callback' };

/** A public client, once its registration is in CLIENTS_FILE. */
export const cli: CodeClient = { id: 'cli', redirectUri: 'http://127.0.0.1/callback' };
export const cliRegistration = {
  client_id: cli.id,
  client_name: 'Command line',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  redirect_uris: [cli.redirectUri],
  always_issue_refresh_token: true,
};

/** RFC 7636 appendix B. */
export const pkce = {
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
};

/** Parameters of a request; one that has several values is sent several times, and what is undefined is left out. */
export type Parameters = Record<string, string | string[] | undefined>;

export interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
}

/** An authorization request, with further parameters or others in their place; what is undefined is left out. */
export function authorizationUrl(issuer: string, client: CodeClient, parameters: Parameters = {}): URL {
  const url = new URL(endpointAt(issuer, 'authorize'));
  const all: Parameters = {
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'current_time',
    state: 'the-state',
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    ...parameters,
  };
  for (const [name, value] of pairsOf(all)) url.searchParams.append(name, value);
  return url;
}

function pairsOf(parameters: Parameters): [string, string][] {
  return Object.entries(parameters).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
}

/** Signs in and consents, as far as the pages ask for it, and answers where that leads. */
export async function agree(page: Page, username = 'alice'): Promise<Page> {
  const signedIn =
    page.heading === 'Sign in' ? await page.press('Sign in', { username, password: 'wonderland' }) : page;
  return signedIn.heading?.startsWith('Allow ') ? signedIn.press('Allow') : signedIn;
}

/** Confirms that the code on the page is the device's, with the first of two buttons. */
export const confirmDevice = (page: Page) => page.press(page.buttons[0] ?? '');

/** Says that the code is not the device's. */
export const rejectDevice = (page: Page) => page.press(page.buttons[1] ?? '');

/** The parameters with which the browser returns to the client. */
export function answerAt({ target, html }: Page, client: CodeClient = thirdParty): Record<string, string> {
  expect(target && target.origin + target.pathname, html).toBe(client.redirectUri);
  return Object.fromEntries(target?.searchParams ?? []);
}

/** A code, in a browser of its own unless one is given. */
export async function codeFor(
  { issuer }: AuthServer,
  client: CodeClient = thirdParty,
  parameters: Parameters = {},
  browser = new UserAgent(issuer),
): Promise<string> {
  const end = await agree(await browser.open(authorizationUrl(issuer, client, parameters)));
  const { code } = answerAt(end, client);
  if (code === undefined) throw new Error(`no code: ${end.target}`);
  return code;
}

/** A client's request to an endpoint, with its secret or, if it is public, its id, and with a DPoP proof if one is given. */
export function postAs(
  { post }: AuthServer,
  { id, secret }: Partial<Client> & { id: string },
  path: string,
  form: Parameters,
  proof?: string,
): Promise<Response> {
  const given = pairsOf(form);
  const headers: Record<string, string> = proof === undefined ? {} : { dpop: proof };
  return secret === undefined
    ? post(path, [...given, ['client_id', id]], undefined, headers)
    : post(path, given, { id, secret }, headers);
}

export function redeem(
  server: AuthServer,
  code: string,
  client: CodeClient = thirdParty,
  parameters: Parameters = {},
  proof?: string,
): Promise<Response> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri,
    code_verifier: pkce.verifier,
    ...parameters,
  };
  return postAs(server, client, '/token', form, proof);
}

export function refresh(
  server: AuthServer,
  refreshToken: string,
  client: CodeClient = thirdParty,
  parameters: Parameters = {},
  proof?: string,
): Promise<Response> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...parameters };
  return postAs(server, client, '/token', form, proof);
}

/** The tokens of a response, which must be a success. */
export async function tokensOf(response: Response): Promise<Tokens> {
  const body = (await response.json()) as Tokens;
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body;
}

/** The tokens of a whole flow. */
export async function tokensFor(
  server: AuthServer,
  client: CodeClient = thirdParty,
  parameters: Parameters = {},
  browser?: UserAgent,
): Promise<Tokens> {
  return tokensOf(await redeem(server, await codeFor(server, client, parameters, browser), client));
}

/** Whether the resource server is told that a token is active. */
export async function isActive({ introspect }: AuthServer, token: string): Promise<boolean> {
  const answer = (await (await introspect(token, resourceServer)).json()) as { active: boolean };
  return answer.active;
}
