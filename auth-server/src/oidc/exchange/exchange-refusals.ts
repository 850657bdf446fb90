/** The one mapping of refused exchanges to errors (RFC 8693 §2.2.2). */
import { errors } from 'oidc-provider';
import type { ExchangeRefusal } from '../../core/exchange/exchange-rule.ts';

/** The error that the client is told. */
export function refusedExchange({ reason, scope }: ExchangeRefusal): errors.OIDCProviderError {
  switch (reason) {
    case 'not_from_there':
      return new errors.InvalidTarget(
        'the API takes no tokens in exchange that are for the API of subject_token',
      );
    case 'not_by_client':
      return new errors.UnauthorizedClient('the API takes no tokens in exchange from this client');
    case 'passed':
      return new errors.InvalidTarget('the chain has passed this API already');
    case 'acts_already':
      return new errors.InvalidRequest('the client acts in the chain of subject_token already');
    case 'too_deep':
      return new errors.InvalidRequest('the chain of subject_token has as many actors as there may be');
    case 'not_exchangeable':
      return outOfScope('the API gives such a scope to nobody who exchanges this token', scope);
    case 'not_registered':
      return outOfScope('the client is not registered for such a scope of this API', scope);
    case 'not_allowed':
      return outOfScope(
        'the user has not allowed such a scope of this API to the first client of the chain',
        scope,
      );
  }
}

/** @param scope the scope that it is about; undefined where it is about all that there could be */
function outOfScope(description: string, scope: string | undefined): errors.OIDCProviderError {
  return scope === undefined
    ? new errors.CustomOIDCProviderError('invalid_scope', description)
    : new errors.InvalidScope(description, scope);
}
