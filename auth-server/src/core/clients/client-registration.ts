/** Clients and what their registrations let them do. */

/** Client metadata (RFC 7591 §2), and the members that only this system has. */
export interface ClientRegistration {
  client_id: string;
  client_secret?: string | undefined;
  client_name?: string | undefined;
  grant_types: string[];
  response_types: string[];
  redirect_uris: string[];
  /** Whether the operator of this server runs the client too. No other client may be trusted with users' passwords. */
  first_party?: boolean | undefined;
  /** Whether an authorization request must use PKCE (RFC 7636); true unless it is false. Public clients always must. */
  require_pkce?: boolean | undefined;
  /** Whether the client gets refresh tokens without asking for `offline_access`. */
  always_issue_refresh_token?: boolean | undefined;
  /** Whether ID tokens have the claims that the scopes ask for, which are otherwise at the userinfo endpoint only. */
  claims_in_id_token?: boolean | undefined;
  /** Whether the client may be granted scopes of the admin API. */
  admin?: boolean | undefined;
  /** How long access tokens for the client live at most, in seconds, where their API says more. */
  access_token_ttl?: number | undefined;
  /** The scopes that users may leave out while they allow the client the rest. */
  optional_scopes?: string[] | undefined;
  /** The identifier (RFC 8707) of the API that the client runs. It may introspect the tokens that are meant for that API. */
  resource?: string | undefined;
  [metadata: string]: unknown;
}

/** Where client registrations are kept. */
export interface ClientStore {
  /** The client with this id, if there is one. */
  find(clientId: string): Promise<ClientRegistration | undefined>;
}

/** Tells the clients that registered themselves from those of the operator. */
export type IsSelfRegistered = (clientId: string) => Promise<boolean>;

/** Knows which clients there still are: what was issued to a client ends with it. */
export interface KnownClients {
  has(clientId: string): Promise<boolean>;
}

/** The clients of a store. */
export function knownIn(store: ClientStore): KnownClients {
  return { has: async (clientId) => (await store.find(clientId)) !== undefined };
}

/** The same registration without a grant type that is turned off for all clients. */
export function withoutGrant(grantType: string, client: ClientRegistration): ClientRegistration {
  return { ...client, grant_types: client.grant_types.filter((allowed) => allowed !== grantType) };
}
