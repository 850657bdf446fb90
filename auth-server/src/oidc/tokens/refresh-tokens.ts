/** Which clients get a refresh token (RFC 6749 §1.5), and whether it outlives the session. */
import type { KoaContextWithOIDC } from 'oidc-provider';

type Client = NonNullable<KoaContextWithOIDC['oidc']['client']>;

/** A third-party client with the grant gets one if it asked for `offline_access` or is registered to always get one. */
export async function issueRefreshToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  source: { scopes: Set<string> },
): Promise<boolean> {
  return (
    client.grantTypeAllowed('refresh_token') &&
    client.first_party !== true &&
    (source.scopes.has('offline_access') || client.always_issue_refresh_token === true)
  );
}

/** Access ends when the user signs out, unless the client gets refresh tokens for offline access. */
export function endsWithSession({ oidc }: KoaContextWithOIDC, source: { scopes: Set<string> }): boolean {
  return !source.scopes.has('offline_access') && oidc.client?.always_issue_refresh_token !== true;
}
