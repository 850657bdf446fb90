/** Keeps the clients of strangers for as long as they are used. */
import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { USED_S } from '../../core/clients/stranger-registrations.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import { STRANGER } from './strangers.ts';

/** Renews a registration when its client gets a token; once a day that is a write. */
export function keepUsedStrangers(artifacts: ArtifactStore): Middleware {
  return function keepUsedStrangersMiddleware(ctx, next) {
    return ctx.method === 'POST' ? keepAfter(ctx, next) : next();
  };

  async function keepAfter(ctx: Context, next: () => Promise<unknown>): Promise<void> {
    await next();
    if (ctx.status !== 200 || !('oidc' in ctx)) return;
    const { route, client } = (ctx as unknown as KoaContextWithOIDC).oidc;
    // Only a client that registered itself has this member, and no stranger's client authenticates.
    if (route !== 'token' || client?.clientIdIssuedAt === undefined || client.clientAuthMethod !== 'none')
      return;
    await artifacts.renew(STRANGER, client.clientId, USED_S);
  }
}
