/** Who may see inside a token (RFC 7662 §4), whether the library asks or we do. */
import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { type IntrospectionRequest, mayIntrospect } from '../../core/tokens/may-introspect.ts';

/** Whether a client may see inside a token. Notes it for the metrics. */
export function maySee(
  { state }: Pick<Context, 'state'>,
  { clientId, resource }: InstanceType<Provider['Client']>,
  token: IntrospectionRequest['token'],
): boolean {
  const caller = { clientId, resource: resource as string | undefined };
  state.introspected = mayIntrospect({ caller, token });
  return state.introspected;
}
