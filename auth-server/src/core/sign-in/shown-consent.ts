/** What a consent page has shown, so that nothing else is taken to be allowed. */
import { hash } from 'node:crypto';
import type { Asked, AskedScope } from './asked-scopes.ts';

/**
 * A short text that is another one whenever a page would ask for something else, in other words, or with other choices. What the
 * user has allowed meanwhile on another page makes no difference.
 */
export function shownConsent({ openid, apis }: Asked): string {
  const shown = [openid.map(inWords), apis.map(({ name, scopes }) => [name, scopes.map(inWords)])];
  return hash('sha256', JSON.stringify(shown), 'base64url').slice(0, 22);
}

function inWords({ choice, meaning, isOptional }: AskedScope): unknown[] {
  return [choice, meaning, isOptional];
}
