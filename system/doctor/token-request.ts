/** Gets the token that most checks need, as the webapp does for a call without credentials (RFC 6749 §4.3). */
import { randomBytes } from 'node:crypto';
import { tokenResponse } from 'shared/oauth/token-response.ts';
import { jsonOf, type Reply, statusOf } from './ask.ts';
import { errorOf, isClientRefused, postAs, refusedClient, webappClient } from './client.ts';
import { type Deployment, NO_METADATA } from './deployment.ts';
import { type Finding, fault, skip, warn } from './findings.ts';
import type { Settings } from './settings.ts';

/** A new token. */
export interface Issued {
  token: string;
  /** Whether the token is so young that it cannot have expired. */
  isFresh(): boolean;
}

/** How old a token may get before answers about it mean nothing, in milliseconds: it lives 5 seconds. */
const FRESH_MS = 4_000;

/** Why a check is skipped whose token is too old. */
export const TOO_SLOW = 'the answers took so long that the token may have expired';

/** Gets a token, or the finding that says why there is none. */
export async function requestToken(
  deployment: Deployment,
  name: string,
): Promise<Issued | { none: Finding }> {
  const { settings, metadata, endpoints } = deployment;
  if (metadata === undefined) return { none: skip(name, NO_METADATA) };
  if (settings.GRANT_TYPE !== 'password') {
    return { none: skip(name, 'GRANT_TYPE is authorization_code, and that takes a browser') };
  }
  if (settings.PASSWORD_GRANT === 'off' || !hasPasswordGrant(deployment)) {
    return { none: skip(name, 'the password grant is off, and all others take more than these settings') };
  }
  const askedAt = performance.now();
  const reply = await passwordGrant(deployment, settings.DEFAULT_USERNAME, settings.DEFAULT_PASSWORD);
  const { data } = tokenResponse.safeParse(jsonOf(reply));
  if (data) return { token: data.access_token, isFresh: () => performance.now() - askedAt < FRESH_MS };
  const error = errorOf(reply);
  if (isClientRefused(reply)) return { none: refusedClient(name, webappClient(settings), settings) };
  if (error === 'invalid_grant') return { none: refusedUser(name, settings) };
  const detail = `${endpoints.token}: ${statusOf(reply)}${error ? ` (${error})` : ''}`;
  return { none: fault(name, detail, 'set TOKEN_ENDPOINT to where the auth server issues tokens') };
}

/** Whether the auth server has the password grant: by its metadata, or else by the setting here. */
export function hasPasswordGrant({ metadata, settings }: Deployment): boolean {
  if (metadata === undefined) return settings.PASSWORD_GRANT === 'on';
  return metadata.grant_types_supported?.includes('password') === true;
}

/** Whether the auth server accepts a user that cannot exist; undefined when that cannot be found out. */
export async function acceptsAnyone(deployment: Deployment): Promise<boolean | undefined> {
  if (deployment.metadata === undefined || !hasPasswordGrant(deployment)) return undefined;
  const reply = await passwordGrant(deployment, `doctor-${randomText()}`, randomText());
  if ('status' in reply && reply.status === 200) return true;
  return errorOf(reply) === 'invalid_grant' ? false : undefined;
}

/** The password grant (RFC 6749 §4.3.2). */
function passwordGrant(deployment: Deployment, username: string, password: string): Promise<Reply> {
  const form = { grant_type: 'password', username, password, scope: 'current_time' };
  return postAs(deployment, webappClient(deployment.settings), deployment.endpoints.token, form);
}

function refusedUser(name: string, { USER_DIRECTORY }: Settings): Finding {
  if (USER_DIRECTORY === 'none') return skip(name, 'USER_DIRECTORY is none, and nobody can sign in');
  return warn(
    name,
    'the auth server refuses the user that calls of the webapp without credentials are for',
    'set DEFAULT_USERNAME and DEFAULT_PASSWORD to those of a user of the directory',
  );
}

function randomText(): string {
  return randomBytes(9).toString('hex');
}
