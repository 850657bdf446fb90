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
 * @throws {Misconfigured} when the proxy leaves out a header, sends one twice or empty, or sends one that makes no sense
 */
export function questionIn(request: IncomingMessage): Question {
  const user = only(request, 'Forward-Auth-User');
  if (user !== 'required' && user !== 'optional')
    throw new Misconfigured('Forward-Auth-User must be required or optional');
  const scope = only(request, 'Forward-Auth-Scope');
  if (!isSpacedList(scope)) throw new Misconfigured('Forward-Auth-Scope must be scopes, separated by spaces');
  const need: Need = { scope, user, ...signInIn(request) };
  return { call: callIn(request), need, resource: resourceIn(request) };
}

/** How the user must have signed in (RFC 9470). A proxy sends either header only where that matters. */
function signInIn(request: IncomingMessage): Pick<Need, 'acrValues' | 'maxAge'> {
  const acr = atMostOne(request, 'Forward-Auth-Acr');
  // Two headers that were joined into one would let a client add a class that will do.
  if (acr !== undefined && (!isSpacedList(acr) || acr.includes(',')))
    throw new Misconfigured('Forward-Auth-Acr must be classes of sign-ins, separated by spaces');
  const age = atMostOne(request, 'Forward-Auth-Max-Age');
  if (age !== undefined && !/^[1-9]\d{0,8}$/.test(age))
    throw new Misconfigured('Forward-Auth-Max-Age must be a whole number of seconds, 1 or more');
  return {
    ...(acr !== undefined && { acrValues: acr.split(' ') }),
    ...(age !== undefined && { maxAge: Number(age) }),
  };
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
function only(request: IncomingMessage, name: string): string {
  const value = atMostOne(request, name);
  if (value === undefined) throw new Misconfigured(`${name} is missing`);
  return value;
}

/** The value of a header that may be left out. An empty one was meant to say something. */
function atMostOne({ headersDistinct }: IncomingMessage, name: string): string | undefined {
  const [value, ...more] = headersDistinct[name.toLowerCase()] ?? [];
  if (more.length > 0) throw new Misconfigured(`${name} came twice`);
  if (value === '') throw new Misconfigured(`${name} is empty`);
  return value;
}
