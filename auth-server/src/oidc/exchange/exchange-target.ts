/** The API that an exchanged token is for (RFC 8693 §2.1). */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Api } from '../../core/apis/api.ts';
import type { Apis } from '../../core/apis/apis.ts';
import { refusalOfClient } from '../../core/exchange/exchange-rule.ts';
import { onlyApi } from '../apis/resource-servers.ts';
import { refusedExchange } from './exchange-refusals.ts';

/**
 * The API, by `resource`, `audience` or the scopes that are asked for. It takes some tokens from the client, whichever: a client from
 * which it takes none is told so before its token is looked at, and learns nothing about any.
 *
 * @throws {errors.InvalidTarget} when it is none that there is, or more than one, or takes no tokens
 * @throws {errors.UnauthorizedClient} when it takes none from this client
 */
export function targetFor(
  ctx: KoaContextWithOIDC,
  client: InstanceType<Provider['Client']>,
  apis: Apis,
): Api {
  const params = ctx.oidc.params as { resource?: string | string[]; audience?: string | string[] };
  const named = [params.resource ?? [], params.audience ?? []].flat();
  const spelt = new Set(named.map((one) => apis.find(one)?.resource ?? one));
  if (spelt.size > 0) params.resource = [...spelt];
  const target = onlyApi(ctx, client, apis);
  const refusal = refusalOfClient(target, client.clientId);
  if (refusal !== undefined) throw refusedExchange(refusal);
  return target;
}
