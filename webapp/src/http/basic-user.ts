/** The user that a call is for, from HTTP Basic credentials (RFC 7617): `curl -u user:password`. */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Credentials } from '../core/ask-the-time.ts';

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

/** The user in an Authorization header; undefined when it does not hold a username and a password. */
export function basicUser(authorization: string): Credentials | undefined {
  return basic.safeParse(authorization).data;
}
