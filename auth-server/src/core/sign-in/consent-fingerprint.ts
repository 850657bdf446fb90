/** What a consent page has shown, so that nothing else is taken to be allowed. */
import { hash } from 'node:crypto';
import type { Claimed } from '../clients/claimed-client.ts';
import type { Asked, AskedScope } from './asked-scopes.ts';

/**
 * A short text that is another one whenever a page would ask for something else, in other words, or with other choices. What the
 * user has allowed meanwhile on another page makes no difference.
 *
 * @param claimed what the page has shown of the client that may change at any time
 */
export function fingerprintOf({ openid, apis }: Asked, claimed?: Claimed): string {
  const asked = [openid.map(inWords), apis.map(({ name, scopes }) => [name, scopes.map(inWords)])];
  const shown = claimed === undefined ? asked : [...asked, [claimed.host, claimed.name]];
  return hash('sha256', JSON.stringify(shown), 'base64url').slice(0, 22);
}

function inWords({ choice, meaning, isOptional }: AskedScope): unknown[] {
  return [choice, meaning, isOptional];
}
