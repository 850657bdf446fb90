/** Users as the admin API shows and takes them. */
import { z } from 'zod';
import { isDisplayName, isEmailAddress } from '../../../core/users/profile-rules.ts';
import { ROLES, USER_STATUSES, type UserAccount } from '../../../core/users/user-store.ts';
import { isUsername } from '../../../core/users/usernames.ts';
import { pageOf } from '../paging.ts';

const timestamp = z.iso.datetime();

/** A user as administrators and the user see it. */
export const user = z
  .object({
    id: z.string(),
    username: z.string(),
    display_name: z.string().optional(),
    email: z.string().optional(),
    email_verified: z.boolean(),
    roles: z.array(z.enum(ROLES)),
    status: z.enum(USER_STATUSES),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'User' });

/** A page of users. */
export const userPage = pageOf(user).meta({ id: 'UserPage' });

/** The answer's body for a user. */
export function shownUser(account: UserAccount): z.output<typeof user> {
  return {
    id: account.id,
    username: account.username,
    ...(account.displayName !== undefined && { display_name: account.displayName }),
    ...(account.email !== undefined && { email: account.email }),
    email_verified: account.emailVerified,
    roles: account.roles,
    status: account.status,
    created_at: account.createdAt.toISOString(),
    updated_at: account.updatedAt.toISOString(),
  };
}

const username = z
  .string()
  .refine(isUsername, 'must have 3 to 100 visible characters, and no space at either end')
  .meta({
    description: 'What the user signs in with. No two usernames differ only in case.',
    examples: ['white.rabbit'],
  });
const displayName = z
  .string()
  .min(1)
  .max(400)
  .refine(isDisplayName, 'must have 1 to 200 visible characters')
  .meta({ examples: ['White Rabbit'] });
const email = z
  .string()
  .max(254)
  .refine(isEmailAddress, 'must be an email address')
  .meta({ format: 'email', examples: ['rabbit@example.com'] });
const roles = z
  .array(z.enum(ROLES))
  .min(1)
  .max(ROLES.length)
  .meta({ examples: [['user']] });

/** A password of bounded size. Whether it is good enough is for the use case to decide. */
export const password = z
  .string()
  .min(1)
  .max(1_000)
  .meta({ format: 'password', examples: ['correct horse battery staple'] });

/** A user to create. */
export const newUser = z
  .strictObject({
    username,
    password,
    display_name: displayName.optional(),
    email: email.optional(),
    email_verified: z.boolean().default(false),
    roles: roles.default(['user']),
  })
  .meta({ id: 'NewUser' });

const profileMembers = {
  display_name: displayName.nullable().exactOptional(),
  email: email.nullable().exactOptional(),
};
/** What users may change about themselves; null removes a member (RFC 7396). */
export const profileChanges = z
  .strictObject(profileMembers)
  .meta({ id: 'ProfileChanges', description: 'A JSON Merge Patch (RFC 7396)' });

/** What administrators may change about a user. */
export const userChanges = z
  .strictObject({
    ...profileMembers,
    username: username.exactOptional(),
    email_verified: z.boolean().exactOptional(),
    roles: roles.exactOptional(),
    status: z.enum(USER_STATUSES).exactOptional(),
  })
  .meta({ id: 'UserChanges', description: 'A JSON Merge Patch (RFC 7396)' });

/** The password that an administrator sets. */
export const newPassword = z.strictObject({ password }).meta({ id: 'NewPassword' });

/** The passwords of a user who changes their own. */
export const passwordChange = z
  .strictObject({ current_password: password, new_password: password })
  .meta({ id: 'PasswordChange' });
