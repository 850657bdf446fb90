/** Builds the router of the admin API from its routes. */
import Router from '@koa/router';
import type { Context } from 'koa';
import { tokenInRequest } from 'shared/oauth/bearer-token.ts';
import { nodeRequest } from 'shared/oauth/incoming-request.ts';
import { addRequestFacts } from 'shared/telemetry/request-context.ts';
import type { Actor, AdminAuthorization } from '../../core/admin/admin-authorization.ts';
import type { AdminScope } from '../../core/apis/admin-scopes.ts';
import { seenVersion } from './entity-tags.ts';
import { invalid } from './invalid.ts';
import { readJson } from './json-body.ts';
import { notFound, refusalProblem } from './refusals.ts';
import type { AdminRoute, Call } from './route.ts';

/** What the router needs. */
export interface RouterDependencies {
  authorize(token: string, scope: AdminScope): Promise<AdminAuthorization>;
  /** The URL of this API's metadata (RFC 9728). */
  metadataUrl: string;
}

/** The router. It authorizes the caller first, so that nobody else learns what exists or what a body should look like. */
export function adminRouter(routes: AdminRoute[], { authorize, metadataUrl }: RouterDependencies): Router {
  const router = new Router({ sensitive: true, strict: true });
  for (const route of routes) {
    router[route.method](patternOf(route.path), async function answerRoute(ctx) {
      const call: Call<unknown, unknown, unknown> = {
        actor: await actorOf(ctx, route.scope),
        address: ctx.ip || undefined,
        params: paramsOf(route, ctx.params as Record<string, string>),
        query: queryOf(route, ctx),
        version: route.ifMatch ? seenVersion(ctx.get('if-match')) : Number.NaN,
        body: route.body && readJson(ctx, route.body.mediaTypes, route.body.schema),
      };
      const { status, body, headers } = await route.handle(call as Call<never, never, never>);
      ctx.status = status;
      if (headers) ctx.set(headers);
      if (body) ctx.body = body;
    });
  }
  return router;

  async function actorOf(ctx: Context, scope: AdminScope): Promise<Actor> {
    const presented = tokenInRequest(nodeRequest(ctx.req), ['Bearer']);
    if (presented.reason !== undefined) throw refusalProblem(presented, metadataUrl);
    const authorized = await authorize(presented.token, scope);
    const actor = authorized.ok ? authorized.value : authorized.refusal.actor;
    if (actor)
      addRequestFacts({ clientId: actor.client, ...(actor.user !== undefined && { user: actor.user }) });
    if (!authorized.ok) throw refusalProblem(authorized.refusal, metadataUrl);
    return authorized.value;
  }
}

/** A path template as the router's pattern. */
function patternOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** The path parameters. A text that cannot be an id is the id of nothing, which is a 404. */
function paramsOf({ params }: AdminRoute, given: Record<string, string>): unknown {
  if (params === undefined) return {};
  const result = params.safeParse(given);
  if (!result.success) throw notFound();
  return result.data;
}

function queryOf({ query }: AdminRoute, ctx: Context): unknown {
  if (query === undefined) return {};
  const result = query.safeParse({ ...ctx.query });
  if (!result.success) throw invalid('The query is not valid.', result.error, 'parameter');
  return result.data;
}
