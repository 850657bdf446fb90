/** The scopes of the admin API, and what they mean to a user (RFC 6749 §3.3). */

/** What an administrator may do. On the consent page each text follows "… asks to:". */
const ADMINISTRATION = {
  'users:read': 'See all users',
  'users:write': 'Create and change users, including their roles and passwords',
  'clients:read': 'See the registered clients',
  'clients:write': 'Register, change and delete clients, and give them secrets',
  'apis:read': 'See all APIs',
  'apis:write': 'Define, change and delete APIs',
  'keys:read': 'See which signing keys are in use',
  'keys:write': 'Replace the signing keys',
  'grants:read': 'See what users have allowed and where they are signed in',
  'grants:write': 'Revoke what users have allowed, and sign them out',
  'audit:read': 'See who did what',
} as const;

/** What any user may do for themselves. */
const OWN = {
  'profile:read': 'See your profile, what you have allowed and where you are signed in',
  'profile:write': 'Change your profile and your password, revoke what you have allowed, and sign you out',
} as const;

/** A scope that covers only the user's own account. */
export type OwnScope = keyof typeof OWN;

/** A scope of the admin API. */
export type AdminScope = keyof typeof ADMINISTRATION | OwnScope;

/** What each scope of the admin API lets a client do, in words for users. */
export const ADMIN_MEANINGS: Record<AdminScope, string> = { ...ADMINISTRATION, ...OWN };

/** The scopes of the admin API. */
export const ADMIN_SCOPES = Object.keys(ADMIN_MEANINGS) as AdminScope[];

/** Whether a scope covers only the user's own account, so that it needs no role. */
export function isOwnScope(scope: AdminScope): scope is OwnScope {
  return Object.hasOwn(OWN, scope);
}

/** Whether a client may be granted scopes of the admin API at all. Only the operator can allow that. */
export function mayAdminister(client: Record<string, unknown> | undefined): boolean {
  return client?.admin === true;
}
