/** The API's routes. Each needs the scope that is named like it. */
import Router from '@koa/router';
import type { Context, Next } from 'koa';
import { learn } from 'shared/request-context.ts';
import type { Authorization, Refusal } from '../core/authorization.ts';
import { type Clock, currentTime, epochTime } from '../core/clock.ts';
import { bearerToken } from './bearer-token.ts';
import { metadata, metadataUrl } from './metadata.ts';
import { refusalProblem } from './refusals.ts';

export interface Routes {
  resource: string;
  issuer: string;
  authorize(token: string, scope: string): Promise<Authorization>;
  clock: Clock;
}

/** The endpoints by name, which is also their path and their scope. */
const endpoints = { current_time: currentTime, epoch_time: epochTime };

export function routes({ resource, issuer, authorize, clock }: Routes): Router {
  const router = new Router();
  const wellKnown = metadataUrl(resource);

  router.get(new URL(wellKnown).pathname, function answerMetadata(ctx) {
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.body = metadata(resource, issuer, Object.keys(endpoints));
  });

  for (const [scope, use] of Object.entries(endpoints)) {
    router.get(`/${scope}`, requireScope(scope), function answerTime(ctx) {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = use(clock);
    });
  }
  return router;

  function requireScope(scope: string) {
    return async function requireScopeMiddleware(ctx: Context, next: Next) {
      const presented = bearerToken(ctx.req);
      if ('refusal' in presented) throw refuse(presented.refusal);
      const authorization = await authorize(presented.token, scope);
      if ('refusal' in authorization) throw refuse(authorization.refusal);
      learn(authorization.caller);
      await next();
    };
  }

  function refuse(refusal: Refusal) {
    return refusalProblem(refusal, wellKnown);
  }
}
