/** What people curl. */
import Router from '@koa/router';
import type { Context } from 'koa';
import { learn } from 'shared/request-context.ts';
import { type Credentials, ENDPOINTS, type Endpoint, type Refusal, type Time } from '../core/ask-the-time.ts';
import { basicUser } from './basic-user.ts';
import { refusalProblem, refusedUser } from './refusals.ts';

export interface Routes {
  clientId: string;
  /** Who a call without credentials is for. */
  defaultUser: Credentials;
  askTheTime(user: Credentials, endpoint: Endpoint): Promise<{ time: Time } | { refusal: Refusal }>;
}

export function routes({ clientId, defaultUser, askTheTime }: Routes): Router {
  const router = new Router();
  for (const endpoint of ENDPOINTS) {
    router.get(`/${endpoint}`, async function answerTime(ctx) {
      const user = userOf(ctx);
      learn({ clientId, user: user.username });
      const answer = await askTheTime(user, endpoint);
      if ('refusal' in answer) throw refusalProblem(answer.refusal);
      show(ctx, answer.time);
    });
  }
  return router;

  function userOf(ctx: Context): Credentials {
    const header = ctx.get('authorization');
    if (header === '') return defaultUser;
    const user = basicUser(header);
    if (user === undefined) throw refusedUser();
    return user;
  }
}

/** JSON, or the bare value for those who ask for text; both end in a newline. */
function show(ctx: Context, time: Time): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.vary('Accept');
  if (ctx.accepts('json', 'text') === 'text') {
    ctx.body = `${Object.values(time)[0]}\n`;
    ctx.type = 'text';
  } else {
    ctx.body = `${JSON.stringify(time)}\n`;
    ctx.type = 'json';
  }
}
