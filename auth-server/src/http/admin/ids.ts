/** The ids in the paths of the admin API. */
import { hash } from 'node:crypto';
import { z } from 'zod';

/** A UUID, in one form only, though a store might accept others. */
export const userId = z
  .string()
  .regex(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/)
  .meta({ description: 'The id of a user, which is the `sub` of their tokens' });

/** A client id that needs no encoding in a path or in HTTP Basic (RFC 6749 §2.3.1). */
export const clientId = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be letters, digits, "-", "_" and "."')
  .meta({ description: 'The id of a client' });

/** The id of a grant, a session or a secret. */
export const partId = z.string().regex(/^[\w-]{1,100}$/);

/** An id for a new client. It must not look like a user's id, or the client could pass for the user (RFC 9068 §5). */
export const newClientId = clientId.refine((id) => !userId.safeParse(id.toLowerCase()).success, {
  error: 'must not have the form of a UUID',
});

/** The id of an API. */
export const apiId = z
  .string()
  .regex(/^[\w-]{22}$/)
  .meta({ description: 'The id of an API' });

/** The id of the API with this identifier. Unlike the identifier, it need not be encoded in a path. */
export function apiIdOf(url: string): string {
  return hash('sha256', url, 'base64url').slice(0, 22);
}
