/** Checks tokens by introspection (RFC 7662): each at each use, so that a revoked token is refused at its next use. */
import { basicCredentials } from 'shared/oauth/basic-credentials.ts';
import { introspectionResponse } from 'shared/oauth/introspection-response.ts';
import type { Introspect } from '../core/authorization.ts';
import { assertKnownMembers } from '../core/known-members.ts';
import { assertCallable, endpointAt, invalidAnswer, jsonFrom } from './auth-server.ts';

/** The credentials by which an API introspects. */
export interface IntrospectionClient {
  clientId: string;
  clientSecret: string;
  /** Where to introspect; `/introspect` at the issuer when left out. */
  endpoint?: string;
}

const MEMBERS: readonly (keyof IntrospectionClient)[] = ['clientId', 'clientSecret', 'endpoint'];

/**
 * The port that introspects at an issuer. Nothing is cached.
 *
 * @throws {TypeError} when an option is misspelt or missing, or the endpoint is no http or https URL
 */
export function introspectionAt(issuer: string, client: IntrospectionClient): Introspect {
  const { endpoint = endpointAt(issuer, 'introspect') } = client;
  assertKnownMembers('tokens', client, MEMBERS);
  for (const name of ['clientId', 'clientSecret'] as const)
    if (!client[name]) throw new TypeError(`tokens.${name} is missing or empty`);
  assertCallable(endpoint);
  const headers = {
    authorization: basicCredentials(client.clientId, client.clientSecret),
    accept: 'application/json',
  };
  return async function introspect(token) {
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const answer = await jsonFrom(endpoint, { method: 'POST', headers, body });
    const { success, data, error } = introspectionResponse.safeParse(answer);
    if (!success) throw invalidAnswer('gave another answer than an introspection', error);
    return data;
  };
}
