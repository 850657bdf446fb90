/** Logs what the library does, with the client and the user that it does it for. */
import type { Context } from 'koa';
import { type errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { Unavailable } from 'shared/core/unavailable.ts';
import { logOutage } from 'shared/http/outages.ts';
import { addRequestFacts, requestContext } from 'shared/telemetry/request-context.ts';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import { UpstreamFault } from 'shared/upstream/fault.ts';
import { actorsOf, exchangersOf } from '../../core/exchange/delegation.ts';
import { delegationOf } from '../exchange/delegation-claims.ts';
import { isStranger } from '../stranger-requests.ts';
import { workloadOf } from '../workloads/issued-to.ts';

/** Writes a line for each token issued, refused or revoked, each session and grant that ends, and each failure. */
export function logEvents(provider: Provider, { log, report }: Pick<Telemetry, 'log' | 'report'>): void {
  provider.on('grant.success', (ctx) => {
    addFactsFrom(ctx);
    const token = ctx.oidc.entities.AccessToken ?? ctx.oidc.entities.ClientCredentials;
    traceChain(token);
    const { grant_type } = ctx.oidc.params ?? {};
    log.info(
      {
        event: 'token.issued',
        grant_type,
        jti: loggable(token, issuedIn(ctx)),
        scope: token?.scope,
        ...chainOf(token),
        workload: token && workloadOf(token),
      },
      'token issued',
    );
  });

  const logFailure = (ctx: KoaContextWithOIDC, err: Error) => {
    addFactsFrom(ctx);
    // Work that was refused for overload, of which there may be much: one line, without a stack.
    if (err.cause instanceof Unavailable && err.cause.cause === undefined) return logOutage(err.cause, log);
    if (err.cause instanceof UpstreamFault) return logOutage(err.cause, log);
    if ('status' in err && err.status === 503) {
      log.warn({ event: 'request.unavailable', err }, 'not available');
      return;
    }
    log.error({ event: 'request.failed', err }, 'unexpected failure');
    report(err);
  };

  const logRefusal = (event: string) => (ctx: KoaContextWithOIDC, refusal: errors.OIDCProviderError) => {
    addFactsFrom(ctx);
    // Some outages, such as a full store, come as errors of the library. They are not refusals.
    if (refusal.statusCode >= 500) return logFailure(ctx, refusal);
    const { error, error_description, error_detail } = refusal;
    log.info({ event, error, error_description, error_detail }, `${event}: ${error}`);
  };
  provider.on('grant.error', logRefusal('token.refused'));
  provider.on('introspection.error', logRefusal('introspection.refused'));
  provider.on('revocation.error', logRefusal('revocation.refused'));
  provider.on('authorization.error', logRefusal('authorization.refused'));
  provider.on('pushed_authorization_request.error', logRefusal('authorization.refused'));
  provider.on('device_authorization.error', logRefusal('authorization.refused'));
  provider.on('userinfo.error', logRefusal('userinfo.refused'));
  provider.on('end_session.error', logRefusal('logout.refused'));
  provider.on('registration_create.error', logRefusal('registration.refused'));

  const revoked = (token: Token) =>
    log.info(
      { event: 'token.revoked', jti: loggable(token, Provider.ctx?.oidc.params?.token) },
      'token revoked',
    );
  provider.on('access_token.destroyed', revoked);
  provider.on('client_credentials.destroyed', revoked);

  const logOutcome = (event: string, text: string) => (ctx: KoaContextWithOIDC) => {
    addFactsFrom(ctx);
    log.info({ event }, text);
  };
  provider.on('authorization.success', logOutcome('authorization.granted', 'authorization granted'));
  provider.on('grant.revoked', logOutcome('grant.revoked', 'grant revoked'));
  provider.on('end_session.success', logOutcome('session.ended', 'session ended'));
  provider.on('registration_create.success', (ctx) => {
    addFactsFrom(ctx);
    log.info({ event: 'client.registered', by: isStranger(ctx) ? 'stranger' : 'token' }, 'client registered');
  });

  provider.on('server_error', logFailure);
}

/** Adds the client and the user to the facts about a request that has no event, such as an introspection. */
export function addCallerFacts(ctx: Context): void {
  if ('oidc' in ctx) addFactsFrom(ctx as unknown as KoaContextWithOIDC);
}

/** Has the trace name the clients that exchanged the token: no user is named in traces. */
function traceChain(token: Parameters<typeof delegationOf>[0] | undefined): void {
  const delegation = token && delegationOf(token);
  if (delegation !== undefined) requestContext()?.span.noteActors(exchangersOf(delegation.act));
}

/** Who acts for the user, and where the token came from; nothing for a token that was not exchanged. */
function chainOf(token: Parameters<typeof delegationOf>[0] | undefined) {
  const delegation = token && delegationOf(token);
  if (delegation === undefined) return {};
  const { act, origin } = delegation;
  return { api: token?.aud, actors: actorsOf(act).map(({ sub }) => sub), origin };
}

interface Token {
  jti: string;
}

/**
 * The id of a JWT; undefined for an opaque token, whose id is the token itself.
 *
 * @param sent the token as the caller has it; without it nobody can tell which of the two it is
 */
function loggable(token: Token | undefined, sent: unknown): string | undefined {
  return typeof sent !== 'string' || sent === token?.jti ? undefined : token?.jti;
}

function issuedIn({ body }: KoaContextWithOIDC): unknown {
  return (body as { access_token?: unknown } | undefined)?.access_token;
}

function addFactsFrom({ oidc: { client, entities } }: KoaContextWithOIDC): void {
  const user = entities.AccessToken?.accountId ?? entities.Account?.accountId;
  addRequestFacts({ ...(client && { clientId: client.clientId }), ...(user !== undefined && { user }) });
}
