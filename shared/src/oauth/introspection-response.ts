/** The answer of an introspection endpoint (RFC 7662 §2.2). */
import { z } from 'zod';

/** The members of an introspection response that a resource server needs. */
export const introspectionResponse = z.discriminatedUnion('active', [
  z.object({ active: z.literal(false) }),
  z.object({
    active: z.literal(true),
    scope: z.string().optional(),
    client_id: z.string().optional(),
    sub: z.string().optional(),
    aud: z.union([z.string(), z.array(z.string())]).optional(),
    jti: z.string().optional(),
    /** How the token is used (RFC 6749 §5.1), in upper or lower case. */
    token_type: z.string().optional(),
    /** When the token expires, was issued, and becomes valid, in seconds since the epoch. */
    exp: z.number().optional(),
    iat: z.number().optional(),
    nbf: z.number().optional(),
    /** How the user signed in, and when, in seconds since the epoch (RFC 9470 §6). */
    acr: z.string().optional(),
    auth_time: z.number().optional(),
    /** Who acts for the user (RFC 8693 §4.1). */
    act: z.record(z.string(), z.unknown()).optional(),
    /** Present on a token that is bound to a key (RFC 7800): its client must prove that it has the key. */
    cnf: z.record(z.string(), z.unknown()).optional(),
  }),
]);
