/** The claims of a JWT access token (RFC 9068 §2.2), as far as the guard needs them. */
import { z } from 'zod';

/** The claims that every such token has, and those that say what it is good for. */
export const localClaims = z.object({
  sub: z.string(),
  client_id: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  /** Times are in seconds since the epoch. */
  exp: z.number(),
  iat: z.number(),
  nbf: z.number().optional(),
  jti: z.string(),
  scope: z.string().optional(),
  acr: z.string().optional(),
  auth_time: z.number().optional(),
  /** Who acts for the user (RFC 8693 §4.1). */
  act: z.record(z.string(), z.unknown()).optional(),
  /** Present on a token that is bound to a key (RFC 7800). */
  cnf: z.record(z.string(), z.unknown()).optional(),
});
