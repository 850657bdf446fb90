/** The routes that people curl. */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Result } from 'shared/core/result.ts';
import { originOf } from 'shared/http/forwarded-for.ts';
import { addRequestFacts } from 'shared/telemetry/request-context.ts';
import { type Credentials, ENDPOINTS, type Endpoint, type Refusal, type Time } from '../core/ask-the-time.ts';
import type { CodeFlow } from '../core/authorization-code.ts';
import type { GrantType } from '../core/grant-types.ts';
import { basicUser } from './basic-user.ts';
import { callback } from './callback.ts';
import { flowCookies } from './flow-cookie.ts';
import { grantTypeOf } from './grant-type.ts';
import { refusalProblem, unreadableUser } from './refusals.ts';
import { sendToSignIn } from './send-to-sign-in.ts';
import { representationOf, show } from './show.ts';

/** What the routes need. */
export interface Routes {
  clientId: string;
  redirectUri: string;
  /** How long a browser may take to come back, in milliseconds. */
  flowLifetimeMs: number;
  /** The user that a call without credentials is for. */
  defaultUser: Credentials;
  /** How a call that names no grant gets its token. */
  defaultGrantType: GrantType;
  askTheTime(user: Credentials, endpoint: Endpoint, address: string): Promise<Result<Time, Refusal>>;
  /** The proxies whose `X-Forwarded-For` header is trusted. */
  trustedProxies: string[];
  codeFlow: CodeFlow;
}

/** A route for each endpoint of the API, and the redirect URI (RFC 6749 §3.1.2) of the flows that they begin. */
export function routes(dependencies: Routes): Router {
  const { clientId, defaultUser, defaultGrantType, askTheTime, codeFlow } = dependencies;
  const cookies = flowCookies(dependencies.redirectUri, dependencies.flowLifetimeMs);
  const origin = originOf(dependencies.trustedProxies);
  const router = new Router();
  for (const endpoint of ENDPOINTS) {
    router.get(`/${endpoint}`, async function answerTime(ctx) {
      const grantType = grantTypeOf(ctx.querystring) ?? defaultGrantType;
      const user = userOf(ctx);
      addRequestFacts({ clientId, user: user.username });
      if (grantType === 'authorization_code') await beginFlow(ctx, endpoint, user.username);
      else await showTime(ctx, endpoint, user);
    });
  }
  router.get('/callback', addClientFact, callback(codeFlow.finish, cookies, addressOf));
  return router;

  function addressOf(ctx: Context): string {
    return origin(ctx.req).address;
  }

  function userOf(ctx: Context): Credentials {
    const header = ctx.get('authorization');
    if (header === '') return defaultUser;
    const user = basicUser(header);
    if (user === undefined) throw unreadableUser(header);
    return user;
  }

  async function showTime(ctx: Context, endpoint: Endpoint, user: Credentials): Promise<void> {
    const answer = await askTheTime(user, endpoint, addressOf(ctx));
    if (!answer.ok) throw refusalProblem(answer.refusal);
    show(ctx, answer.value, representationOf(ctx));
  }

  async function beginFlow(ctx: Context, endpoint: Endpoint, username: string): Promise<void> {
    const begun = await codeFlow.begin({
      endpoint,
      representation: representationOf(ctx),
      username,
      address: addressOf(ctx),
    });
    sendToSignIn(ctx, begun, cookies);
  }

  /** Adds only the client: the user who signs in may be another than the call suggested. */
  function addClientFact(_ctx: Context, next: () => Promise<void>): Promise<void> {
    addRequestFacts({ clientId });
    return next();
  }
}
