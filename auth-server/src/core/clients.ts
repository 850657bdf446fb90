/** Clients and what their registrations let them do. */
import { SCOPES } from './scopes.ts';

/** Client metadata (RFC 7591 §2), and four members of this system. */
export interface ClientRegistration {
  client_id: string;
  client_secret?: string | undefined;
  client_name?: string | undefined;
  grant_types: string[];
  response_types: string[];
  redirect_uris: string[];
  /** Whether the client is of the same house as the resource owners' passwords: it alone may be trusted with them. */
  first_party?: boolean | undefined;
  /** Whether an authorization request must use PKCE (RFC 7636); true unless it is false. Public clients always must. */
  require_pkce?: boolean | undefined;
  /** Whether the client gets refresh tokens without asking for `offline_access`. */
  always_issue_refresh_token?: boolean | undefined;
  /** The identifier (RFC 8707) of the API that this client is. It may introspect the tokens that are meant for it. */
  resource?: string | undefined;
  [metadata: string]: unknown;
}

/** Where client registrations are kept. */
export interface ClientStore {
  find(clientId: string): Promise<ClientRegistration | undefined>;
}

export interface BuiltInClients {
  webapp: { id: string; secret: string; redirectUri: string };
  resourceServer: { id: string; secret: string; resource: string };
}

/** The clients that are registered from the start. */
export function builtInClients({ webapp, resourceServer }: BuiltInClients): ClientRegistration[] {
  return [
    {
      client_id: webapp.id,
      client_secret: webapp.secret,
      client_name: 'Webapp',
      first_party: true,
      grant_types: ['authorization_code', 'password'],
      response_types: ['code'],
      redirect_uris: [webapp.redirectUri],
      scope: SCOPES.join(' '),
    },
    {
      client_id: resourceServer.id,
      client_secret: resourceServer.secret,
      client_name: 'Resource server',
      resource: resourceServer.resource,
      grant_types: [],
      response_types: [],
      redirect_uris: [],
    },
  ];
}

/** A client of somebody else, to show what its users see. It is not registered in production. */
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

/** The same registration without a grant that is turned off for all. */
export function withoutGrant(grantType: string, client: ClientRegistration): ClientRegistration {
  return { ...client, grant_types: client.grant_types.filter((allowed) => allowed !== grantType) };
}

/** The client and the token that an introspection is about. */
export interface IntrospectionRequest {
  caller: { clientId: string; resource: string | undefined };
  token: { clientId: string | undefined; audience: string[] };
}

/** Whether a caller may see inside a token: it was issued to the caller, or is meant for the API that the caller is. */
export function mayIntrospect({ caller, token }: IntrospectionRequest): boolean {
  return (
    caller.clientId === token.clientId ||
    (caller.resource !== undefined && token.audience.includes(caller.resource))
  );
}
