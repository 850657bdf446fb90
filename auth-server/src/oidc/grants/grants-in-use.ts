/**
 * Grants, as the library has them: what one session or one family of refresh tokens holds of what its user has allowed the
 * client. A session has one for each client, which ends with it. Access that outlives the session has one for each
 * authorization, so that a replay or a revocation (RFC 6819 §5.2.2.3, RFC 7009 §2.1) ends its own family and no other.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { Apis } from '../../core/apis/apis.ts';
import { isOidcScope, OIDC_SCOPES } from '../../core/apis/scopes.ts';
import { claimedBy } from '../../core/clients/claimed-client.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import { tellingOutages } from '../library-outages.ts';
import { sessionGrantTtl } from '../lifetimes.ts';
import { textOf } from '../parameters.ts';
import type { IsForLonger } from '../tokens/refresh-tokens.ts';
import { type Allowed, joined } from './allowed.ts';
import { consentOf, type Permission, whileAllowed } from './consents.ts';
import { definedSince, withoutGoneApis } from './gone-apis.ts';

type Grant = InstanceType<Provider['Grant']>;

/**
 * The grant of the session that an authorization request comes from. It allows what its user has allowed the client, in
 * whichever browser. A first-party client is granted everything without being asked about.
 */
export function grantLoader(artifacts: ArtifactStore, apis: Apis) {
  return async function loadGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { client, session, account, provider, result } = ctx.oidc;
    if (!client || !account) return undefined;
    // The client may have changed while its user was asked, and a code must not go where it does not receive codes any more.
    const redirectUri = textOf(ctx.oidc.params?.redirect_uri);
    if (redirectUri !== undefined && !client.redirectUriAllowed(redirectUri))
      throw new errors.InvalidRedirectUri();
    const parties = { accountId: account.accountId, clientId: client.clientId };
    const claimed = claimedBy(client);
    const asSeen = claimed === undefined ? parties : { ...parties, clientName: claimed.name ?? '' };
    const isFirst = client.first_party === true;
    const consent =
      isFirst && !result?.consent ? undefined : await tellingOutages(consentOf(artifacts, asSeen, apis));
    ctx.state.consent = consent;
    if (consent === undefined && !isFirst) return undefined;

    const known = await tellingOutages(knownGrant(session?.grantIdFor(client.clientId), isFirst));
    const isOwn = known?.accountId === account.accountId && (isFirst || known.consent === consent?.jti);
    const allowed = joined(isFirst ? everything(ctx, apis) : {}, consent ?? {});
    const now = Math.floor(Date.now() / 1_000);
    const ttl = sessionGrantTtl(isFirst);
    const grant: Permission = {
      ...parties,
      // A consent has all that was allowed, while a first-party client gets more with each request.
      ...(isOwn && isFirst ? joined(known, allowed) : allowed),
      ...(consent ? { consent: consent.jti } : isOwn && { consent: known.consent }),
      jti: isOwn ? known.jti : randomUUID(),
      iat: isOwn ? known.iat : now,
      exp: Math.min(now + ttl, consent?.exp ?? Number.POSITIVE_INFINITY),
    };
    // One that is as good as this, and lasts for long enough, need not be stored again.
    if (isOwn && known.exp > now + ttl / 2 && isSame(known, grant)) return libraryGrant(provider, known);
    await tellingOutages(stored(artifacts, grant));
    return libraryGrant(provider, grant);
  };

  async function knownGrant(id: string | undefined, isFirst: boolean): Promise<Permission | undefined> {
    const grant = id === undefined ? undefined : await artifacts.find('Grant', id);
    const standing = (isFirst ? await whileAllowed(artifacts, grant) : grant) as Permission | undefined;
    return standing && withoutGoneApis(standing, apis);
  }
}

/** All that the request could be granted. Administration is not: a user is asked, whoever runs the client. */
function everything({ oidc }: KoaContextWithOIDC, apis: Apis): Allowed {
  const servers = Object.entries(oidc.resourceServers ?? {}).filter(
    ([resource]) => apis.find(resource)?.administers !== true,
  );
  const scopes = servers.map(([resource, { scope }]) => [resource, scope] as const);
  return {
    openid: { scope: [...OIDC_SCOPES, ...scopes.map(([, scope]) => scope)].join(' ') },
    resources: Object.fromEntries(scopes),
    since: definedSince(Object.keys(oidc.resourceServers ?? {}), apis),
  };
}

/** A code that is about to be stored: one of an authorization request, or that of a device. */
interface GrantSource {
  scopes: Set<string>;
  scope?: string | undefined;
  grantId?: string | undefined;
  resource?: string | string[] | undefined;
}

/**
 * Decides whether what comes of a code ends with its session, which the library asks before it stores the code. If not, the
 * code gets a grant of its own, in place of that of the session.
 */
export function expiryDecider(artifacts: ArtifactStore, isForLonger: IsForLonger) {
  return async function expiresWithSession(ctx: KoaContextWithOIDC, source: GrantSource): Promise<boolean> {
    leaveOutDeclined(ctx, source);
    const consent: Permission | undefined = ctx.state.consent;
    const { client } = ctx.oidc;
    if (!client || !(await tellingOutages(isForLonger(client, source, consent?.openid?.scope)))) return true;
    // Without a consent the client is a first-party one, which gets no refresh tokens.
    if (consent === undefined) return false;
    const { accountId, clientId, openid, resources, rejected, since, jti: of, exp } = consent;
    const times = { iat: Math.floor(Date.now() / 1_000), exp };
    // By `grantId` are counted those of a consent that are for longer, of which there are only so many.
    const grant = {
      accountId,
      clientId,
      openid,
      resources,
      ...(rejected && { rejected }),
      ...(since && { since }),
      consent: of,
      grantId: of,
      jti: randomUUID(),
      ...times,
    };
    await tellingOutages(stored(artifacts, grant));
    source.grantId = grant.jti;
    return false;
  };
}

/**
 * Takes the APIs out of a code of which its user has left out all that was asked for: there is no token for them. Their scopes go
 * with them, which the library would keep where another API has one of the same name that is allowed.
 */
function leaveOutDeclined({ oidc }: KoaContextWithOIDC, source: GrantSource): void {
  const { grant, requestParamScopes: asked } = oidc;
  const isDeclined = (resource: string) =>
    grant?.getResourceScopeFiltered(resource, asked) === '' &&
    grant
      .getRejectedResourceScope(resource)
      .split(' ')
      .some((scope) => asked.has(scope));
  const all = [source.resource ?? []].flat();
  const left = all.filter((resource) => !isDeclined(resource));
  if (left.length === all.length) return;
  if (left.length === 0) delete source.resource;
  else source.resource = left.length === 1 ? left[0] : left;
  const isLeft = (scope: string) =>
    isOidcScope(scope) ||
    left.some((resource) => grant?.getResourceScopeFiltered(resource, new Set([scope])));
  source.scope = source.scope?.split(' ').filter(isLeft).join(' ');
}

/**
 * Has the grants of sessions end with them. The library spares the grant of a session in which any code was for longer, because
 * it takes that for the grant of the code.
 */
export function endGrantsWithSessions(provider: Provider): void {
  provider.on('authorization.success', ({ oidc, state }) => {
    const { session, client } = oidc;
    if (state.consent === undefined || !session || !client) return;
    delete (session.authorizations?.[client.clientId] as { persistsLogout?: boolean } | undefined)
      ?.persistsLogout;
  });
}

async function stored(artifacts: ArtifactStore, grant: Permission): Promise<void> {
  await artifacts.upsert(
    'Grant',
    grant.jti,
    { ...grant, kind: 'Grant' },
    grant.exp - Math.floor(Date.now() / 1_000),
  );
}

function libraryGrant({ Grant }: Provider, grant: Permission): Grant {
  return new Grant(grant as ConstructorParameters<typeof Grant>[0]);
}

function isSame(known: Permission, grant: Permission): boolean {
  return ['openid', 'resources', 'rejected', 'since', 'consent'].every((member) =>
    isDeepStrictEqual(known[member], grant[member]),
  );
}
