/** What the library does, as log events with the client and user that it does it for. */
import type { Middleware } from 'koa';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from 'shared/logger.ts';
import { learn } from 'shared/request-context.ts';

/** Writes a line for each token issued, refused or revoked, and for each failure. */
export function logEvents(provider: Provider, log: Logger): void {
  provider.on('grant.success', (ctx) => {
    learnFrom(ctx);
    const token = ctx.oidc.entities.AccessToken ?? ctx.oidc.entities.ClientCredentials;
    const { grant_type } = ctx.oidc.params ?? {};
    log.info({ event: 'token.issued', grant_type, jti: token?.jti, scope: token?.scope }, 'token issued');
  });

  const logRefusal = (event: string) => (ctx: KoaContextWithOIDC, refusal: errors.OIDCProviderError) => {
    learnFrom(ctx);
    const { error, error_description, error_detail } = refusal;
    log.info({ event, error, error_description, error_detail }, `${event}: ${error}`);
  };
  provider.on('grant.error', logRefusal('token.refused'));
  provider.on('introspection.error', logRefusal('introspection.refused'));
  provider.on('revocation.error', logRefusal('revocation.refused'));

  const revoked = ({ jti }: { jti: string }) => log.info({ event: 'token.revoked', jti }, 'token revoked');
  provider.on('access_token.destroyed', revoked);
  provider.on('client_credentials.destroyed', revoked);

  provider.on('server_error', (ctx, err) => {
    learnFrom(ctx);
    log.error({ event: 'request.failed', err }, 'unexpected failure');
  });
}

/** Notes the client and the user of a request that no event tells of, such as an introspection. */
export function learnCaller(): Middleware {
  return async function learnCallerMiddleware(ctx, next) {
    await next();
    if ('oidc' in ctx) learnFrom(ctx as unknown as KoaContextWithOIDC);
  };
}

function learnFrom({ oidc: { client, entities } }: KoaContextWithOIDC): void {
  const user = entities.AccessToken?.accountId;
  learn({ ...(client && { clientId: client.clientId }), ...(user !== undefined && { user }) });
}
