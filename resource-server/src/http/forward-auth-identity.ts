/** The headers that tell an API behind a proxy who calls. */
import type { Caller } from 'guard';
import { nameOf } from './actor-names.ts';

/** Stands for nobody. A user of this name is written `%2D`. */
const NOBODY = '-';

/**
 * The headers of an authorized call. Each is always there and never empty: a proxy that copies them might otherwise leave a
 * header of the client in its place.
 */
export function identityHeaders({ user, clientId, scopes, actors }: Caller): Record<string, string> {
  return {
    'X-Auth-User': headerValue(user),
    'X-Auth-Client': headerValue(clientId),
    // A scope is made of visible characters (RFC 6749 §3.3), so that only the spaces are between scopes.
    'X-Auth-Scope': scopes.map(headerValue).join(' ') || NOBODY,
    // A space in a name is encoded, so that only the spaces are between names. So is a comma, at which some programs split headers.
    'X-Auth-Actors':
      actors.map((actor) => headerValue(nameOf(actor)).replaceAll(',', '%2C')).join(' ') || NOBODY,
  };
}

/** A text in visible ASCII characters: all others, and `%`, are percent-encoded as UTF-8 (RFC 3986 §2.1). */
function headerValue(text = ''): string {
  if (text === '') return NOBODY;
  if (text === NOBODY) return '%2D';
  return text.replace(/[^!-$&-~]+/gu, (others) =>
    Buffer.from(others).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );
}
