/** Which clients may introspect a token (RFC 7662 §4), on the library's path and on the fast path. */
import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import type { Apis } from '../../core/apis/apis.ts';
import { type IntrospectionRequest, mayIntrospect } from '../../core/tokens/may-introspect.ts';

/** Whether a client may introspect a token. Notes the answer for the metrics. */
export function maySee(
  { state }: Pick<Context, 'state'>,
  { clientId }: InstanceType<Provider['Client']>,
  token: IntrospectionRequest['token'],
  apis: Apis,
): boolean {
  state.introspected = mayIntrospect({ caller: clientId, token }, apis);
  return state.introspected;
}
