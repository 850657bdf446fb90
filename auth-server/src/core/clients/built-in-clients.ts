/** The clients that are registered from the start. */
import type { ClientRegistration } from './client-registration.ts';

/**
 * The webapp. It may use two grants.
 *
 * @param scopes what it may ask for
 */
export function webappClient(
  id: string,
  secret: string,
  redirectUri: string,
  scopes: readonly string[],
): ClientRegistration {
  return {
    client_id: id,
    client_secret: secret,
    client_name: 'Webapp',
    first_party: true,
    grant_types: ['authorization_code', 'password'],
    response_types: ['code'],
    redirect_uris: [redirectUri],
    scope: scopes.join(' '),
  };
}

/**
 * The resource server. It gets no tokens, but introspects those that are meant for it.
 *
 * @param resource the identifier of its API (RFC 8707)
 */
export function resourceServerClient(id: string, secret: string, resource: string): ClientRegistration {
  return {
    client_id: id,
    client_secret: secret,
    client_name: 'Resource server',
    resource,
    grant_types: [],
    response_types: [],
    redirect_uris: [],
  };
}

/** A third-party client, for trying out what its users see. It is not registered in production. */
export const demoClient: ClientRegistration = {
  client_id: '5678',
  client_secret: 'asdfgh',
  client_name: 'Third-party demo',
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  redirect_uris: ['http://localhost:5004/callback'],
  post_logout_redirect_uris: ['http://localhost:5004/'],
  always_issue_refresh_token: true,
};
