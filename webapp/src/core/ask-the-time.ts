/** The webapp's use case: for each call a new token, one call of the API with it, and the answer. */
import type { Result } from 'shared/core/result.ts';

/** The API's endpoints; each is also the scope that its token needs. */
export const ENDPOINTS = ['current_time', 'epoch_time'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** Who a call is for. */
export interface Credentials {
  username: string;
  password: string;
}

/** What the API answers. */
export type Time = { current_time: string } | { epoch_time: number };

/** A refusal by the authorization server or the API, with its reason. */
export type Refusal =
  | { by: 'auth-server'; of: 'user'; reason: string }
  | { by: 'auth-server'; of: 'webapp'; reason: string }
  | { by: 'resource-server'; of: 'unauthenticated' | 'forbidden'; reason: string };

/** The port to the token endpoint. It rejects when there is no answer. */
export type GetToken = (user: Credentials, scope: Endpoint) => Promise<Result<string, Refusal>>;

/** The port to the API. It rejects when there is no answer. */
export type CallApi = (endpoint: Endpoint, token: string) => Promise<Result<Time, Refusal>>;

/** Asks with a token that is good for this endpoint only, and is forgotten with the answer. */
export function timeAsker(getToken: GetToken, callApi: CallApi) {
  return async function askTheTime(user: Credentials, endpoint: Endpoint): Promise<Result<Time, Refusal>> {
    const token = await getToken(user, endpoint);
    if (!token.ok) return token;
    return callApi(endpoint, token.value);
  };
}
