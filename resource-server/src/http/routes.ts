/** The routes of the API. Each endpoint needs the scope of its name. */
import Router from '@koa/router';
import type { Context, Next } from 'koa';
import { addMetadata, metadataUrl } from 'shared/oauth/protected-resource-metadata.ts';
import { addRequestFacts } from 'shared/telemetry/request-context.ts';
import type { Authorization, Presented } from '../core/authorization.ts';
import type { Clock } from '../core/clock.ts';
import { PROOF_ALGS } from '../core/dpop-proof.ts';
import { currentTime, epochTime } from '../core/time.ts';
import { presentedToken } from './access-token.ts';
import { refusalProblem } from './refusals.ts';

/** What the routes need. */
export interface Routes {
  /** The identifier of this API (RFC 8707). */
  resource: string;
  issuer: string;
  authorize(presented: Presented, scope: string): Promise<Authorization>;
  clock: Clock;
}

/** The endpoints by name, which is also their path and their scope. */
const endpoints = { current_time: currentTime, epoch_time: epochTime };

/** Routes the endpoints, each of which requires its scope, and the metadata, which is public. */
export function routes({ resource, issuer, authorize, clock }: Routes): Router {
  const router = new Router();
  const wellKnown = metadataUrl(resource);
  // The target of a call (RFC 9449 §4.3) is at our identifier. A Host header proves nothing.
  const base = resource.replace(/\/$/, '');

  const scopes = Object.keys(endpoints);
  addMetadata(router, { resource, name: 'Time API', issuer, scopes, proofAlgs: PROOF_ALGS });

  for (const [scope, use] of Object.entries(endpoints)) {
    router.get(`/${scope}`, requireScope(scope), function answerTime(ctx) {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = use(clock);
    });
  }
  return router;

  function requireScope(scope: string) {
    return async function requireScopeMiddleware(ctx: Context, next: Next) {
      const parsed = presentedToken(ctx.req, base + ctx.path);
      if ('refusal' in parsed) throw refusalProblem(parsed.refusal, wellKnown);
      const authorized = await authorize(parsed.presented, scope);
      if (!authorized.ok) {
        if ('caller' in authorized.refusal) addRequestFacts(authorized.refusal.caller);
        throw refusalProblem(authorized.refusal, wellKnown);
      }
      addRequestFacts(authorized.value);
      await next();
    };
  }
}
