/** The user that a call is for, from HTTP Basic credentials (RFC 7617): `curl -u user:password`. */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Credentials } from '../core/ask-the-time.ts';
import { controlCharacters } from './refusals.ts';

const basic = z
  .string()
  .regex(/^basic +[A-Za-z0-9+/]+=*$/i)
  .transform((header) => Buffer.from(header.split(/ +/)[1] as string, 'base64'))
  .refine(isUtf8)
  .transform((bytes) => bytes.toString('utf8'))
  .pipe(z.string().regex(/^[^:]+:.+$/s))
  .transform((pair): Credentials => {
    const colon = pair.indexOf(':');
    return { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
  });

/**
 * The user in an Authorization header; undefined when it does not hold a username and a password.
 *
 * @throws {Problem} 401 when they have control characters (RFC 7617 §2)
 */
export function basicUser(authorization: string): Credentials | undefined {
  const user = basic.safeParse(authorization).data;
  if (user !== undefined && /\p{Cc}/u.test(user.username + user.password)) throw controlCharacters();
  return user;
}
