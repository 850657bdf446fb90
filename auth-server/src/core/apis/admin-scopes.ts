/** The scopes of the admin API, and what they mean to a user (RFC 6749 §3.3). */

/** What an administrator may do, each as the end of a sentence that begins "… asks to:". */
const ADMINISTRATION = {
  'users:read': 'See all users',
  'users:write': 'Create users and change them, with their roles and passwords',
  'clients:read': 'See the registered clients',
  'clients:write': 'Register clients, change and delete them, and give them secrets',
  'keys:read': 'See which signing keys are in use',
  'keys:write': 'Replace the signing keys',
  'grants:read': 'See what users have granted and where they are signed in',
  'grants:write': 'End what users have granted, and sign them out',
  'audit:read': 'See who did what',
} as const;

/** What any user may do for themselves. */
const OWN = {
  'profile:read': 'See your profile, what you have granted and where you are signed in',
  'profile:write': 'Change your profile and your password, end what you have granted, and sign you out',
} as const;

export type OwnScope = keyof typeof OWN;
export type AdminScope = keyof typeof ADMINISTRATION | OwnScope;

/** What a client may do with a scope of the admin API. */
export const ADMIN_MEANINGS: Record<AdminScope, string> = { ...ADMINISTRATION, ...OWN };

/** The scopes of the admin API. */
export const ADMIN_SCOPES = Object.keys(ADMIN_MEANINGS) as AdminScope[];

/** Whether a scope is for what is the user's own, whatever their role. */
export function isOwnScope(scope: AdminScope): scope is OwnScope {
  return Object.hasOwn(OWN, scope);
}

/** Whether a client may be granted scopes of the admin API at all: only an operator's registration can say so. */
export function mayAdminister(client: Record<string, unknown> | undefined): boolean {
  return client?.admin === true;
}
