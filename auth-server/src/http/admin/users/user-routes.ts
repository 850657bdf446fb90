/** Routes to all users, for administrators. */
import { problems } from 'shared/http/described-routes.ts';
import { z } from 'zod';
import type { GrantList } from '../../../core/grants/grant-list.ts';
import type { AccountChanges } from '../../../core/users/user-administration.ts';
import type { UserAccount } from '../../../core/users/user-store.ts';
import type { RecordAct } from '../audit/audited.ts';
import { entityTag } from '../entity-tags.ts';
import { grantRoutes } from '../grants/grant-routes.ts';
import { userId } from '../ids.ts';
import { page, pageQuery } from '../paging.ts';
import { orThrowNotFound, orThrowProblem } from '../refusals.ts';
import { type AdminRoute, type Reply, route } from '../route.ts';
import type { UserAdministration } from '../use-cases.ts';
import { newPassword, newUser, shownUser, user, userChanges, userPage } from './user-shapes.ts';

const ETAG = { ETag: 'The version of the user' };
/** The answer that shows a user. */
export const USER_ANSWER = {
  200: { description: 'The user', content: { 'application/json': user }, headers: ETAG },
};

const tag = 'Users';
const params = z.object({ id: userId });
const query = pageQuery(userId);

/** @param record records each change before the caller is answered */
export function userRoutes(users: UserAdministration, grants: GrantList, record: RecordAct): AdminRoute[] {
  return [
    route({
      method: 'get',
      path: '/users',
      summary: 'List users',
      tag,
      scope: 'users:read',
      query,
      answers: { 200: { description: 'Users', content: { 'application/json': userPage } } },
      async handle({ query }) {
        return { status: 200, body: await page(query, users.list, ({ id }) => id, shownUser) };
      },
    }),
    route({
      method: 'post',
      path: '/users',
      summary: 'Create a user',
      tag,
      scope: 'users:write',
      body: newUser,
      answers: {
        201: {
          description: 'The new user',
          content: { 'application/json': user },
          headers: { ...ETAG, Location: 'The path of the user' },
        },
        ...problems({ 409: 'The username is taken', 422: 'The password is too easy to guess' }),
      },
      async handle(call) {
        const { display_name: displayName, email_verified: emailVerified, email, ...rest } = call.body;
        const created = orThrowProblem(await users.create({ ...rest, displayName, email, emailVerified }));
        await record(call, {
          action: 'user_created',
          subject: `user:${created.id}`,
          details: { username: created.username, roles: created.roles },
        });
        return { ...userReply(created, 201, { Location: `/users/${created.id}` }) };
      },
    }),
    route({
      method: 'get',
      path: '/users/{id}',
      summary: 'Get a user',
      tag,
      scope: 'users:read',
      params,
      answers: USER_ANSWER,
      async handle({ params: { id } }) {
        return userReply(orThrowNotFound(await users.find(id)));
      },
    }),
    route({
      method: 'patch',
      path: '/users/{id}',
      summary: 'Change a user',
      description:
        'A disabled user cannot sign in, and all sessions and grants of the user end. A changed email address counts as not verified, unless the call sets email_verified.',
      tag,
      scope: 'users:write',
      params,
      body: userChanges,
      ifMatch: true,
      answers: {
        ...USER_ANSWER,
        ...problems({ 409: 'The username is taken', 422: 'There would be no administrator left' }),
      },
      async handle(call) {
        const { id } = call.params;
        const changed = orThrowProblem(await users.change(id, call.version, changesOf(call.body)));
        const members = Object.keys(call.body);
        await record(call, { action: 'user_changed', subject: `user:${id}`, details: { members } });
        return userReply(changed);
      },
    }),
    route({
      method: 'put',
      path: '/users/{id}/password',
      summary: "Set a user's password",
      description: 'This ends all sessions and grants of the user.',
      tag,
      scope: 'users:write',
      params,
      body: newPassword,
      answers: {
        204: { description: 'The password is set' },
        ...problems({ 422: 'The password is too easy to guess' }),
      },
      async handle(call) {
        const { id } = call.params;
        orThrowProblem(await users.setPassword(id, call.body.password));
        await record(call, { action: 'password_changed', subject: `user:${id}` });
        return { status: 204 };
      },
    }),
    ...grantRoutes(
      {
        path: '/users/{id}',
        tag,
        params: params.shape,
        scopes: { read: 'grants:read', write: 'grants:write' },
        async ownerOf({ params: { id } }) {
          return orThrowNotFound(await users.find(String(id))).id;
        },
      },
      grants,
      record,
    ),
  ];
}

/** The answer that shows a user, with the ETag that a change needs. */
export function userReply(account: UserAccount, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, body: shownUser(account), headers: { ETag: entityTag(account.version), ...headers } };
}

/** The changes that a merge patch (RFC 7396) asks for: null clears a member. */
export function changesOf({
  display_name: displayName,
  email_verified: emailVerified,
  email,
  ...rest
}: z.output<typeof userChanges>): AccountChanges {
  return {
    ...rest,
    ...(displayName !== undefined && { displayName: displayName ?? undefined }),
    ...(email !== undefined && { email: email ?? undefined }),
    ...(emailVerified !== undefined && { emailVerified }),
  };
}
