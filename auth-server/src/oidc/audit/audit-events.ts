/** Audit records of what the library does: grants given and revoked, sessions that end, tokens exchanged and revoked. */
import type { Middleware } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from 'shared/telemetry/logger.ts';
import { requestId } from 'shared/telemetry/request-context.ts';
import type { AuditEvent, AuditLog } from '../../core/audit/audit-log.ts';
import { recordOrTell } from '../../core/audit/record-or-tell.ts';
import { actorsOf } from '../../core/exchange/delegation.ts';
import { TOKEN_EXCHANGE } from '../../core/exchange/grant-type.ts';
import { delegationOf } from '../exchange/delegation-claims.ts';
import { workloadOf } from '../workloads/issued-to.ts';

type Noted = Omit<AuditEvent, 'actor'>;

/** Notes what happens in a request; {@link recordAuditEvents} records it. */
export function auditEvents(provider: Provider): void {
  provider.on('interaction.ended', (ctx) => {
    const grant = ctx.oidc.result?.consent?.grantId;
    if (grant === undefined) return;
    const scopes = [...ctx.oidc.requestParamScopes];
    note(ctx, { action: 'grant_given', subject: `grant:${grant}`, details: { scopes } });
  });
  provider.on('grant.revoked', (ctx, grant) => {
    note(ctx, { action: 'grant_revoked', subject: `grant:${grant}` });
  });
  provider.on('grant.success', (ctx) => {
    const { AccessToken: token, ClientCredentials: own } = ctx.oidc.entities;
    const workload = own && workloadOf(own);
    // By the grant that is for workloads nothing is exchanged.
    if (workload !== undefined && ctx.oidc.params?.grant_type === TOKEN_EXCHANGE) {
      const [from, to, scopes] = [workload.issuer, String(own?.aud), [...(own?.scopes ?? [])]];
      const details = { from, to, scopes, workload: workload.subject };
      note(ctx, { action: 'token_exchanged', subject: `client:${own?.clientId}`, details });
    }
    const delegation = token && delegationOf(token);
    if (delegation === undefined) return;
    const { act, origin } = delegation;
    const details = {
      from: String(origin.tokens.at(-1)?.aud),
      to: String(token?.aud),
      scopes: [...(token?.scopes ?? [])],
      actors: actorsOf(act).map(({ sub }) => sub),
      first_client: origin.client_id,
    };
    note(ctx, { action: 'token_exchanged', subject: `user:${token?.accountId}`, details });
  });
  provider.on('end_session.success', (ctx) => {
    const { session, params } = ctx.oidc;
    // Without the parameter the user has signed out of a client only, and stays signed in here.
    if (params?.logout === undefined || session?.accountId === undefined) return;
    note(ctx, { action: 'session_ended', subject: `session:${session.uid}` });
  });
}

/**
 * Records what was noted, and revocations of tokens (RFC 7009), before the request is answered. Events that cannot be
 * recorded are logged, because they have happened and must not go unnoticed, and the caller is told of the outage.
 */
export function recordAuditEvents(audit: Pick<AuditLog, 'record'>, log: Logger): Middleware {
  const record = recordOrTell(audit, (entries) =>
    log.error({ event: 'audit.lost', entries }, 'audit events could not be recorded'),
  );
  return async function recordAuditEventsMiddleware(ctx, next) {
    try {
      await next();
    } finally {
      const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
      if (oidc?.route === 'revocation' && ctx.status === 200) noteRevocation(ctx as KoaContextWithOIDC);
      const noted: Noted[] = ctx.state.audit ?? [];
      if (oidc !== undefined && noted.length > 0) {
        const origin = { actor: actorOf(oidc), address: ctx.ip, requestId: requestId() };
        await record(...noted.map((event) => ({ ...event, ...origin })));
      }
    }
  };
}

function noteRevocation(ctx: KoaContextWithOIDC): void {
  const { AccessToken, ClientCredentials, RefreshToken } = ctx.oidc.entities;
  const ofUser = AccessToken ?? RefreshToken;
  const token = ofUser ?? ClientCredentials;
  if (token === undefined) return;
  const subject = ofUser ? `user:${ofUser.accountId}` : `client:${token.clientId}`;
  note(ctx, { action: 'token_revoked', subject, details: { token: token.kind } });
}

function note(ctx: KoaContextWithOIDC, event: Noted): void {
  ctx.state.audit = [...(ctx.state.audit ?? []), event];
}

/** The user, who is signed in here or whose token it is, and the client. A token is exchanged by a client alone. */
function actorOf({ client, session, entities }: KoaContextWithOIDC['oidc']): AuditEvent['actor'] {
  const user = session?.accountId ?? entities.Account?.accountId;
  return { user, client: client?.clientId };
}
