/** The routes of the API: each endpoint behind the guard, and the metadata, which is public. */
import Router from '@koa/router';
import type { Guard } from 'guard';
import { protect } from 'guard/koa';
import type { Middleware } from 'koa';
import { addMetadata } from 'shared/http/metadata-route.ts';
import type { ProtectedResource } from 'shared/oauth/protected-resource-metadata.ts';
import type { Clock } from '../core/time.ts';
import { endpoints } from './endpoints.ts';
import { logCaller } from './logged-caller.ts';

/** What the routes need. */
export interface Routes {
  /** What the metadata says of this API. */
  api: ProtectedResource;
  guard: Guard;
  clock: Clock;
}

/** Routes the endpoints, each of which needs its scope, and the metadata. */
export function routes({ api, guard, clock }: Routes): Router {
  const router = new Router();
  addMetadata(router, api);
  for (const { method, path, scope, handle } of endpoints) {
    router[method](path, noteCaller(), protect(guard, { scope }), function answerCall(ctx) {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = handle(clock);
    });
  }
  return router;
}

/** Lets the log have the caller of each call, also of one that is refused for its scope. */
function noteCaller(): Middleware {
  return async function noteCallerMiddleware(ctx, next) {
    try {
      await next();
    } finally {
      logCaller(ctx.state.caller);
    }
  };
}
