/** The cookies that bind flows to their browser (RFC 6749 §10.12): one a flow, so that flows do not disturb each other. */
import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { z } from 'zod';

/** How states and secrets are written: 32 random bytes in base64url. */
export const flowToken = z.string().regex(/^[\w-]{43}$/);

/** Sets, reads and clears these cookies; they are for the redirect URI and for nothing else. */
export function flowCookies(redirectUri: string, lifetimeMs: number) {
  const { protocol, pathname } = new URL(redirectUri);
  // SameSite=Strict would hold them back at the callback, to which another site leads.
  const attributes = `Path=${pathname}; HttpOnly; SameSite=Lax${protocol === 'https:' ? '; Secure' : ''}`;

  return {
    set(ctx: Context, state: string, value: string): void {
      // By hand: Koa has no Max-Age, and no Secure when it is a proxy that speaks TLS.
      ctx.append('Set-Cookie', `${nameOf(state)}=${value}; Max-Age=${lifetimeMs / 1000}; ${attributes}`);
    },

    /** The secret that the browser has for a flow, which it then has no more. */
    take(ctx: Context, state: string): string | undefined {
      const value = ctx.cookies.get(nameOf(state));
      if (value === undefined) return undefined;
      ctx.append('Set-Cookie', `${nameOf(state)}=; Max-Age=0; ${attributes}`);
      return flowToken.safeParse(value).data;
    },
  };
}

/** Short, since a browser may have many, and without the state itself. */
function nameOf(state: string): string {
  return `flow_${createHash('sha256').update(state).digest('base64url').slice(0, 16)}`;
}
