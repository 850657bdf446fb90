/** What a client is told that could not be named, where the library would blame something else (RFC 6749 §5.2). */
import type { KoaContextWithOIDC } from 'oidc-provider';

/** What the library says, and what we say in its place, of credentials in the Authorization header. */
const HEADER_FAULTS = new Map([
  [
    'client_id and client_secret in the authorization header are not properly encoded',
    'the client id and the client secret in the Authorization header must be percent-encoded',
  ],
  [
    'client_secret must be provided in the Authorization header',
    'the client secret in the Authorization header is empty',
  ],
]);

/** What the library says of an Authorization header of another scheme, and of one without credentials in it. */
const NO_CREDENTIALS = 'invalid authorization header value format';

/** What the library says when neither the header nor the form names a client. */
const NO_CLIENT = 'no client authentication mechanism provided';

/**
 * What to tell a client whose authentication failed before the library knew which client it is; undefined when something
 * else is wrong.
 *
 * @param described the library's description of its error `invalid_request`
 */
export function clientFault({ oidc, headers }: KoaContextWithOIDC, described = ''): string | undefined {
  const { authorization } = headers;
  if (described === NO_CREDENTIALS) {
    return /^basic(?: |$)/i.test(authorization ?? '')
      ? 'the Authorization header must be Basic and, in base64, the client id, a colon and the client secret'
      : 'the Authorization header must have the scheme Basic';
  }
  if (described !== NO_CLIENT) return HEADER_FAULTS.get(described);
  if (authorization !== undefined) return 'the client id in the Authorization header is empty';
  const isNamed = ['client_id', 'client_secret'].some((name) => oidc.body?.[name] !== undefined);
  return isNamed ? 'client_id is missing or empty' : 'client authentication is required';
}
