/** Makes authorization requests that show no page (OpenID Connect Core §3.1.2.1, `prompt=none`). */
import { createHash, randomBytes } from 'node:crypto';
import { type Reply, statusOf } from './ask.ts';
import { errorOf } from './client.ts';
import type { Deployment } from './deployment.ts';

/** The answer to an authorization request. */
export interface AuthorizationOutcome {
  reply: Reply;
  /** Where the browser is sent, if anywhere. */
  location: URL | undefined;
  /** The error code, in that URL or in the answer itself. */
  error: string | undefined;
}

/**
 * Makes the request that the webapp would make (RFC 6749 §4.1.1).
 *
 * @param given parameters that replace the webapp's; undefined leaves one out
 */
export async function requestAuthorization(
  { ask, settings, endpoints }: Deployment,
  given: Record<string, string | undefined> = {},
  headers: Record<string, string> = {},
): Promise<AuthorizationOutcome> {
  const parameters = Object.entries({
    response_type: 'code',
    client_id: settings.WEBAPP_CLIENT_ID,
    redirect_uri: settings.WEBAPP_REDIRECT_URI,
    scope: 'current_time',
    state: randomText(),
    code_challenge: createHash('sha256').update(randomText()).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'none',
    ...given,
  }).filter((parameter): parameter is [string, string] => parameter[1] !== undefined);
  const url = `${endpoints.authorization}?${new URLSearchParams(parameters)}`;
  const reply = await ask(url, { headers });
  const location = locationOf(reply, url);
  return { reply, location, error: location?.searchParams.get('error') ?? errorOf(reply) };
}

/** Whether the browser is sent to a redirect URI, with any response. */
export function leadsTo({ location }: AuthorizationOutcome, redirectUri: string): boolean {
  return location !== undefined && location.origin + location.pathname === new URL(redirectUri).href;
}

/** Describes the answer without anything that may be secret. */
export function described({ reply, error }: AuthorizationOutcome): string {
  return `${statusOf(reply)}${error ? ` (${error})` : ''}`;
}

/** Where an answer sends the browser. */
export function locationOf(reply: Reply, base?: string): URL | undefined {
  const location = 'status' in reply ? reply.headers.get('location') : null;
  return location === null ? undefined : (URL.parse(location, base) ?? undefined);
}

function randomText(): string {
  return randomBytes(32).toString('base64url');
}
