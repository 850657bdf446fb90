/** What a token endpoint answers (RFC 6749 §5). */
import { z } from 'zod';
import { B64TOKEN } from './bearer-token.ts';

/** A token that can be sent on; anything else arrived damaged. */
export const accessToken = z.string().regex(B64TOKEN);

/** A granted token (RFC 6749 §5.1). */
export const tokenResponse = z.object({
  access_token: accessToken,
  token_type: z.string().regex(/^bearer$/i, 'only Bearer tokens are of use here'),
});

/** A refusal (RFC 6749 §5.2). */
export const errorResponse = z.object({ error: z.string() });
