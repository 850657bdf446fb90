/** The scopes that discovery lists (RFC 8414 §2): those of OpenID Connect, and those of each API that is to be listed. */
import { expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import { tokensOf } from '../support/code-flow.ts';
import { apis, byItself, orders, severalApis } from './several-apis.ts';

const OIDC = ['openid', 'profile', 'email', 'offline_access'];
const documents = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];

test.each(documents)(
  '%s lists each scope once, and none of an API that is not to be listed',
  async (path) => {
    const hidden = apis.map((one) => (one.resource === orders ? { ...one, listed: false } : one));
    for (const [defined, more] of [
      [apis, ['orders:read', 'orders:write']],
      [hidden, []],
    ] as const) {
      const server = await startAuthServer(await severalApis({ apis: [...defined] }));
      const { scopes_supported } = (await (await fetch(server.issuer + path)).json()) as {
        scopes_supported: string[];
      };
      expect([...scopes_supported].sort()).toEqual(
        [
          ...OIDC,
          'current_time',
          'epoch_time',
          ...more,
          'read',
          'invoices:read',
          'staff:read',
          'people:read',
          'machines:read',
        ].sort(),
      );
      // What is not listed exists all the same.
      await tokensOf(await byItself(server, { resource: orders, scope: 'orders:read' }));
    }
  },
);
