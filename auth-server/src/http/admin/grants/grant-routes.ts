/** Routes to the grants and the sessions of a user. */
import { problems } from 'shared/http/described-routes.ts';
import { z } from 'zod';
import type { Actor } from '../../../core/admin/admin-authorization.ts';
import type { AdminScope } from '../../../core/apis/admin-scopes.ts';
import type { GrantList } from '../../../core/grants/grant-list.ts';
import type { RecordAct } from '../audit/audited.ts';
import { partId } from '../ids.ts';
import { listOf, page, pageQuery } from '../paging.ts';
import { orThrowProblem } from '../refusals.ts';
import { type AdminRoute, route } from '../route.ts';
import { grantPage, sessionPage, shownGrant, shownSession } from './grant-shapes.ts';

/** Whose grants and sessions they are: the path to the user, and how a call tells which user that is. */
export interface Owner {
  path: string;
  tag: string;
  params: z.ZodRawShape;
  scopes: { read: AdminScope; write: AdminScope };
  /**
   * The id of the user.
   *
   * @throws {Problem} when there is no such user
   */
  ownerOf(call: { params: Record<string, unknown>; actor: Actor }): Promise<string>;
}

const query = pageQuery(partId);

/** @param record records each change before the caller is answered */
export function grantRoutes(
  { path, tag, params, scopes, ownerOf }: Owner,
  list: GrantList,
  record: RecordAct,
): AdminRoute[] {
  const notFound = problems({ 404: 'Nothing has this id' });
  return [
    route({
      method: 'get',
      path: `${path}/grants`,
      summary: 'List grants',
      tag,
      scope: scopes.read,
      params: z.object(params),
      query,
      answers: { 200: { description: 'Grants', content: { 'application/json': grantPage } } },
      async handle(call) {
        const grants = await list.grants(await ownerOf(call));
        const body = await page(call.query, listOf(grants, idOf), idOf, shownGrant);
        return { status: 200, body };
      },
    }),
    route({
      method: 'delete',
      path: `${path}/grants/{grant}`,
      summary: 'Revoke a grant',
      description: 'The grant ends at once, and so does every token that was issued from it.',
      tag,
      scope: scopes.write,
      params: z.object({ ...params, grant: partId }),
      answers: { 204: { description: 'The grant is revoked' }, ...notFound },
      async handle(call) {
        const owner = await ownerOf(call);
        const grant = String(call.params.grant);
        orThrowProblem(await list.revokeGrant(owner, grant));
        await record(call, { action: 'grant_revoked', subject: `user:${owner}`, details: { grant } });
        return { status: 204 };
      },
    }),
    route({
      method: 'get',
      path: `${path}/sessions`,
      summary: 'List sessions',
      tag,
      scope: scopes.read,
      params: z.object(params),
      query,
      answers: { 200: { description: 'Sessions', content: { 'application/json': sessionPage } } },
      async handle(call) {
        const sessions = await list.sessions(await ownerOf(call));
        const body = await page(call.query, listOf(sessions, idOf), idOf, shownSession);
        return { status: 200, body };
      },
    }),
    route({
      method: 'delete',
      path: `${path}/sessions/{session}`,
      summary: 'Sign a browser out',
      tag,
      scope: scopes.write,
      params: z.object({ ...params, session: partId }),
      answers: { 204: { description: 'The browser is signed out' }, ...notFound },
      async handle(call) {
        const owner = await ownerOf(call);
        const session = String(call.params.session);
        orThrowProblem(await list.endSession(owner, session));
        await record(call, { action: 'session_ended', subject: `user:${owner}`, details: { session } });
        return { status: 204 };
      },
    }),
  ];
}

function idOf({ id }: { id: string }): string {
  return id;
}
