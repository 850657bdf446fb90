/** What a token endpoint answers (RFC 6749 §5). */
import { z } from 'zod';

/** RFC 6749 §5.1. */
export const tokenResponse = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i, 'only Bearer tokens are of use here'),
});

/** RFC 6749 §5.2. */
export const errorResponse = z.object({ error: z.string() });
