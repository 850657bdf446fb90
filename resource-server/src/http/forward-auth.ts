/**
 * Answers proxies that ask, for each call to an API behind them, whether it may pass: nginx `auth_request`, Caddy
 * `forward_auth`, Traefik ForwardAuth and Envoy's ext_authz over HTTP. Only 200 lets a call pass.
 */
import type { Answer, Guard } from 'guard';
import type { Context, Middleware } from 'koa';
import { sameResource } from 'shared/core/resource-indicators.ts';
import { Problem } from 'shared/http/problem.ts';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import { identityHeaders } from './forward-auth-identity.ts';
import {
  FORWARD_AUTH_PATH,
  isForwardAuth,
  Misconfigured,
  questionIn,
  resourceIn,
} from './forward-auth-request.ts';
import { logCaller } from './logged-caller.ts';

/**
 * Where proxies get the metadata of an API (RFC 9728) for its clients. It does not begin like the path of sub-requests, to
 * which Envoy adds what a client chooses: a client must not find a 200 that way.
 */
const METADATA_PATH = '/protected-resource-metadata';

/** An API that proxies protect. */
export interface ForwardedApi {
  /** Its identifier (RFC 8707). */
  resource: string;
  guard: Guard;
}

/**
 * Answers sub-requests with whatever method they have, and the metadata of the APIs. It is no route, since the router answers
 * some methods by itself, and a proxy would take that for a yes.
 */
export function forwardAuth(apis: readonly ForwardedApi[], log: Telemetry['log']): Middleware {
  return async function forwardAuthMiddleware(ctx, next) {
    const target = ctx.req.url ?? '';
    const isMetadata = target.replace(/\?.*/s, '') === METADATA_PATH;
    if (!isForwardAuth(target) && !isMetadata) return next();
    ctx.state.route = isMetadata ? METADATA_PATH : FORWARD_AUTH_PATH;
    try {
      if (isMetadata) write(ctx, guardOf(resourceIn(ctx.req)).metadata.answer);
      else await answerQuestion(ctx);
    } catch (error) {
      if (!(error instanceof Misconfigured)) throw error;
      log.error({ event: 'forward_auth.misconfigured' }, `the proxy is not set up: ${error.message}`);
      throw new Problem(500, 'The proxy is not set up for this.');
    }
  };

  async function answerQuestion(ctx: Context): Promise<void> {
    const { call, need, resource } = questionIn(ctx.req);
    const verdict = await guardOf(resource).authorize(call, need);
    logCaller(verdict.caller);
    if (!verdict.ok) return write(ctx, understood(verdict.answer));
    ctx.status = 200;
    ctx.set({ 'Cache-Control': 'no-store', ...identityHeaders(verdict.caller) });
    ctx.body = '';
    ctx.remove('Content-Type');
  }

  function guardOf(named: string): Guard {
    const api =
      apis.find(({ resource }) => resource === named) ??
      apis.find(({ resource }) => sameResource(resource, named));
    if (api === undefined) throw new Misconfigured('Forward-Auth-Resource is not in FORWARD_AUTH');
    return api.guard;
  }
}

/** A proxy such as nginx takes any other refusal than 401 and 403 for a failure. The challenge keeps the code of the error. */
function understood(answer: Answer): Answer {
  if (answer.status !== 400) return answer;
  return { ...answer, status: 401, body: { ...answer.body, title: 'Unauthorized', status: 401 } };
}

function write(ctx: Context, { status, headers, body }: Answer): void {
  Object.assign(ctx, { status, body });
  ctx.set(headers);
}
