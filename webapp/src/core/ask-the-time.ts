/** The webapp's use case: get a new token for each call, call the API with it, and return the answer. */
import type { Result } from 'shared/core/result.ts';

/** The endpoints of the API. Each name is also the scope that the token needs. */
export const ENDPOINTS = ['current_time', 'epoch_time'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** The user that a call is for. */
export interface Credentials {
  username: string;
  password: string;
}

/** What the API answers. */
export type Time = { current_time: string } | { epoch_time: number };

/** How an API asks that its user signs in (RFC 9470 §3), in the words of its challenge. It asks for one of the two at least. */
export interface AskedSignIn {
  /** The authentication context classes that will do, separated by spaces. */
  acrValues?: string;
  /** How long ago the user may have signed in, in seconds. */
  maxAge?: string;
}

/** A refusal by the authorization server or the API: `of` says what was refused, `reason` why. */
export type Refusal =
  | { by: 'auth-server'; of: 'user'; reason: string }
  | { by: 'auth-server'; of: 'webapp'; reason: string }
  | { by: 'resource-server'; of: 'unauthenticated' | 'forbidden'; reason: string }
  | { by: 'resource-server'; of: 'sign-in'; asked: AskedSignIn };

/**
 * The port to the token endpoint. It rejects during an outage.
 *
 * @param address the caller's IP address, by which guesses at passwords are counted; empty when it is not known
 */
export type GetToken = (
  user: Credentials,
  scope: Endpoint,
  address: string,
) => Promise<Result<string, Refusal>>;

/** The port to the API. It rejects during an outage. */
export type CallApi = (endpoint: Endpoint, token: string) => Promise<Result<Time, Refusal>>;

/** Asks for the time with a token that is good for one endpoint and is forgotten after the answer. */
export function timeAsker(getToken: GetToken, callApi: CallApi) {
  return async function askTheTime(
    user: Credentials,
    endpoint: Endpoint,
    address: string,
  ): Promise<Result<Time, Refusal>> {
    const token = await getToken(user, endpoint, address);
    if (!token.ok) return token;
    return callApi(endpoint, token.value);
  };
}
