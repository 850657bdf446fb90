/** What the things are called by that the admin API has, in paths. */
import { z } from 'zod';

/** In one form only: a store may know more of them. */
export const userId = z
  .string()
  .regex(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/)
  .meta({ description: 'The id of a user, which is the `sub` of their tokens' });

/** Such as needs no encoding in a path, nor in HTTP Basic (RFC 6749 §2.3.1). */
export const clientId = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be letters, digits, "-", "_" and "."')
  .meta({ description: 'The id of a client' });

/** The id of a grant, a session or a secret. */
export const partId = z.string().regex(/^[\w-]{1,100}$/);

/** The id that a new client may ask for: not of the form of a user's, or it could pass for the user (RFC 9068 §5). */
export const newClientId = clientId.refine((id) => !userId.safeParse(id.toLowerCase()).success, {
  error: 'must not have the form of a UUID',
});
