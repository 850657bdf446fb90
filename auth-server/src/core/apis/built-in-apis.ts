/** The APIs that this program brings along: the clock, and the admin API. */
import type { SigningAlg } from '../keys/signing-algs.ts';
import { ADMIN_MEANINGS } from './admin-scopes.ts';
import { ACCESS_TOKEN_TTL, type Api, plainText } from './api.ts';

/** What differs between the two. */
interface BuiltIn {
  resource: string;
  signingAlg: SigningAlg;
  name: string;
  meanings: Record<string, string>;
  administers: boolean;
}

/** The clock, with its scopes and what they mean to a user. */
export function clockApi(resource: string, signingAlg: SigningAlg, meanings: Record<string, string>): Api {
  return builtIn({ resource, signingAlg, name: 'Clock', meanings, administers: false });
}

/** The admin API, which verifies its tokens in the process that issued them. */
export function adminApi(resource: string, signingAlg: SigningAlg): Api {
  return builtIn({
    resource,
    signingAlg,
    name: 'Administration',
    meanings: ADMIN_MEANINGS,
    administers: true,
  });
}

function builtIn({ meanings, name, ...given }: BuiltIn): Api {
  const scopes = Object.entries(meanings).map(([scope, text]) => [scope, plainText(text)] as const);
  return {
    ...given,
    name: plainText(name),
    scopes: new Map(scopes),
    defaultScopes: Object.keys(meanings),
    accessTokenTtl: ACCESS_TOKEN_TTL,
    accessTokenFormat: 'jwt',
    resourceServers: new Set(),
    exchange: [],
    tokensFor: new Set(['user', 'client']),
    isListed: true,
    since: 0,
    origin: 'built in',
  };
}
