/** The cookies that bind flows to their browser (RFC 6749 §10.12), one for each flow, so that flows do not collide. */
import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { z } from 'zod';

/** The format of states and secrets: 32 random bytes in base64url. */
export const flowToken = z.string().regex(/^[\w-]{43}$/);

/** Sets, reads and clears these cookies, which browsers send to the path of the redirect URI only. */
export function flowCookies(redirectUri: string, lifetimeMs: number) {
  const { protocol, pathname } = new URL(redirectUri);
  // Not SameSite=Strict: browsers would not send them to the callback, since they come from another site.
  const attributes = `Path=${pathname}; HttpOnly; SameSite=Lax${protocol === 'https:' ? '; Secure' : ''}`;

  return {
    set(ctx: Context, state: string, value: string): void {
      // Not with Koa, which writes no Max-Age, and no Secure when a proxy speaks TLS for us.
      ctx.append('Set-Cookie', `${nameOf(state)}=${value}; Max-Age=${lifetimeMs / 1000}; ${attributes}`);
    },

    /** Reads the browser's secret for a flow, and clears the cookie. */
    take(ctx: Context, state: string): string | undefined {
      const value = ctx.cookies.get(nameOf(state));
      if (value === undefined) return undefined;
      ctx.append('Set-Cookie', `${nameOf(state)}=; Max-Age=0; ${attributes}`);
      return flowToken.safeParse(value).data;
    },
  };
}

/** A short name, since a browser may have many, and one that does not reveal the state. */
function nameOf(state: string): string {
  return `flow_${createHash('sha256').update(state).digest('base64url').slice(0, 16)}`;
}
