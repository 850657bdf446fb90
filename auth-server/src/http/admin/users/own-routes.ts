/** Routes to the caller's own account. Only the token says whose account that is. */
import { problems } from 'shared/http/described-routes.ts';
import { Problem } from 'shared/http/problem.ts';
import type { Actor } from '../../../core/admin/admin-authorization.ts';
import type { GrantList } from '../../../core/grants/grant-list.ts';
import type { RecordAct } from '../audit/audited.ts';
import { grantRoutes } from '../grants/grant-routes.ts';
import { orThrowNotFound, orThrowProblem } from '../refusals.ts';
import { type AdminRoute, route } from '../route.ts';
import type { UserAdministration } from '../use-cases.ts';
import { changesOf, USER_ANSWER, userReply } from './user-routes.ts';
import { passwordChange, profileChanges } from './user-shapes.ts';

const tag = 'Me';
const NOT_KEPT = 'This server does not keep your account';

/** @param record records each change before the caller is answered */
export function ownRoutes(users: UserAdministration, grants: GrantList, record: RecordAct): AdminRoute[] {
  return [
    route({
      method: 'get',
      path: '/me',
      summary: 'Get your profile',
      tag,
      scope: 'profile:read',
      answers: { ...USER_ANSWER, ...problems({ 404: NOT_KEPT }) },
      async handle({ actor }) {
        return userReply(orThrowNotFound(await users.find(userOf(actor))));
      },
    }),
    route({
      method: 'patch',
      path: '/me',
      summary: 'Change your profile',
      description: 'A changed email address counts as not verified.',
      tag,
      scope: 'profile:write',
      body: profileChanges,
      ifMatch: true,
      answers: { ...USER_ANSWER, ...problems({ 404: NOT_KEPT }) },
      async handle(call) {
        const id = userOf(call.actor);
        const changed = orThrowProblem(await users.changeProfile(id, call.version, changesOf(call.body)));
        const members = Object.keys(call.body);
        await record(call, { action: 'user_changed', subject: `user:${id}`, details: { members } });
        return userReply(changed);
      },
    }),
    route({
      method: 'put',
      path: '/me/password',
      summary: 'Change your password',
      description: 'This ends your other sessions.',
      tag,
      scope: 'profile:write',
      body: passwordChange,
      answers: {
        204: { description: 'The password is changed' },
        ...problems({
          404: NOT_KEPT,
          422: 'The current password is incorrect, or the new one is too easy to guess',
        }),
      },
      async handle(call) {
        const id = userOf(call.actor);
        const { current_password: current, new_password: next } = call.body;
        orThrowProblem(await users.changePassword(id, { current, next }, call.address, call.actor.own));
        await record(call, { action: 'password_changed', subject: `user:${id}` });
        return { status: 204 };
      },
    }),
    ...grantRoutes(
      {
        path: '/me',
        tag,
        params: {},
        scopes: { read: 'profile:read', write: 'profile:write' },
        ownerOf: async ({ actor }) => userOf(actor),
      },
      grants,
      record,
    ),
  ];
}

/** The id of the caller. Authorization has refused tokens without a user already. */
function userOf({ user }: Actor): string {
  if (user === undefined) throw new Problem(403, 'This is for users, and the token belongs to a client.');
  return user;
}
