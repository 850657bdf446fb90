/** Reads the sub-request of a proxy: the call that it asks about, and what that call needs. */
import type { IncomingMessage } from 'node:http';
import type { Need } from 'guard';
import { isSpacedList } from 'guard/core/need.ts';
import { type IncomingRequest, nodeRequest } from 'shared/oauth/incoming-request.ts';

/** The path of sub-requests. Envoy puts the path of the call behind it. */
export const FORWARD_AUTH_PATH = '/forward-auth';

/** What a proxy asks: whether a call may pass to an API. */
export interface Question {
  call: IncomingRequest;
  need: Need;
  /** The identifier of the API. */
  resource: string;
}

/** The proxy does not ask as it must, which only its operator can change. The message says what is wrong. */
export class Misconfigured extends Error {}

/** Whether a request target is that of a sub-request, in either form. */
export function isForwardAuth(target: string): boolean {
  return isCallInHeaders(target) || target.startsWith(`${FORWARD_AUTH_PATH}/`);
}

/**
 * Reads a sub-request.
 *
 * @throws {Misconfigured} when the proxy leaves out a header, sends one twice, or sends one that makes no sense
 */
export function questionIn(request: IncomingMessage): Question {
  const user = only(request, 'Forward-Auth-User');
  if (user !== 'required' && user !== 'optional')
    throw new Misconfigured('Forward-Auth-User must be required or optional');
  const scope = only(request, 'Forward-Auth-Scope');
  if (!isSpacedList(scope)) throw new Misconfigured('Forward-Auth-Scope must be scopes, separated by spaces');
  return { call: callIn(request), need: { scope, user }, resource: resourceIn(request) };
}

/** Whether headers tell what the call is. Caddy adds the query of the call to the target, which says nothing new. */
function isCallInHeaders(target: string): boolean {
  return target.replace(/\?.*/s, '') === FORWARD_AUTH_PATH;
}

/** The identifier of the API that a proxy names. */
export function resourceIn(request: IncomingMessage): string {
  return only(request, 'Forward-Auth-Resource');
}

function callIn(request: IncomingMessage): IncomingRequest {
  const { url = '', method = '' } = request;
  const sent = nodeRequest(request);
  // Envoy's sub-request is itself like the call, so that these headers of it may be the client's.
  if (!isCallInHeaders(url)) return { ...sent, method, target: url.slice(FORWARD_AUTH_PATH.length) };
  const target = only(request, 'X-Forwarded-Uri');
  return { ...sent, method: only(request, 'X-Forwarded-Method'), target };
}

/** The one value of a header. Where there are two, one of them may be the client's. */
function only({ headersDistinct }: IncomingMessage, name: string): string {
  const [value, ...more] = headersDistinct[name.toLowerCase()] ?? [];
  if (value === undefined || value === '') throw new Misconfigured(`${name} is missing`);
  if (more.length > 0) throw new Misconfigured(`${name} came twice`);
  return value;
}
