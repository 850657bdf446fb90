/** What an exchanged token says beyond others: who acts for its user (RFC 8693 §4.1), where it came from, and how the user had signed in. */
import type { Provider } from 'oidc-provider';
import type { Delegation } from '../../core/exchange/delegation.ts';

type Token = InstanceType<Provider['AccessToken' | 'ClientCredentials']>;

/** The claims of an exchanged token. A sign-in is no more recent, and no better, for an exchange. */
export interface ExchangedClaims extends Delegation {
  auth_time?: number;
  acr?: string;
}

/** The claims of tokens that are being issued: the library asks for them while it makes a token. */
const claims = new WeakMap<Token, ExchangedClaims>();

/** Adds these claims to a token that has not been saved yet. */
export function delegate(token: Token, delegation: ExchangedClaims): void {
  claims.set(token, delegation);
}

/** What a token says of its delegation; undefined unless it is exchanged for another in this request. */
export function delegationOf(token: Token): ExchangedClaims | undefined {
  return claims.get(token);
}
