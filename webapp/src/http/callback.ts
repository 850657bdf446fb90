/** The redirect URI, to which browsers bring authorization responses (RFC 6749 §4.1.2). */
import type { Context } from 'koa';
import { refuseLookingAhead } from 'shared/http/look-ahead.ts';
import { z } from 'zod';
import type { CodeFlow } from '../core/authorization-code.ts';
import { type flowCookies, flowToken } from './flow-cookie.ts';
import { refusalProblem } from './refusals.ts';
import { sendToSignIn } from './send-to-sign-in.ts';
import { show } from './show.ts';

const states = z.tuple([flowToken]);

/**
 * Finishes a flow and shows the time right away, without another redirect, unless the API asks for another sign-in.
 *
 * @param addressOf the address of the browser
 */
export function callback(
  finish: CodeFlow['finish'],
  cookies: ReturnType<typeof flowCookies>,
  addressOf: (ctx: Context) => string,
) {
  return async function finishFlow(ctx: Context): Promise<void> {
    // The URL holds a code, and another site may have made it.
    ctx.set('Referrer-Policy', 'no-referrer');
    refuseLookingAhead(ctx);
    const response = new URLSearchParams(ctx.querystring);
    const [state] = states.safeParse(response.getAll('state')).data ?? [];
    const secret = state && cookies.take(ctx, state);
    if (!state || !secret) throw refusalProblem({ by: 'webapp', of: 'browser' });
    const answer = await finish({ response, state, secret, address: addressOf(ctx) });
    if (!answer.ok) throw refusalProblem(answer.refusal);
    if ('stepUp' in answer.value) sendToSignIn(ctx, answer.value.stepUp, cookies);
    else show(ctx, answer.value.time, answer.value.representation);
  };
}
