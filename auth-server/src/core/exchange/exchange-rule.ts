/** Decides what a token may be exchanged for (RFC 8693): each API says whose tokens it takes, from which clients, for which scopes. */
import { MAX_ACTORS } from 'shared/core/act-claim.ts';
import type { Result } from 'shared/core/result.ts';
import type { Api } from '../apis/api.ts';
import { normalised } from '../apis/apis.ts';
import { type Act, actorsOf, exchangersOf, type Origin } from './delegation.ts';

/** What is exchanged. */
export interface Exchanged {
  /** The identifier of the API that the token is for, or of the issuer of a workload's token. */
  from: string;
  act?: Act | undefined;
  origin?: Origin | undefined;
}

/** What may be granted at the API, whatever the API says of exchanges. */
export interface Limits {
  /** The scopes that the user of the token has allowed its client. */
  byUser: readonly string[];
  /** The scopes that the client that exchanges may ask for. */
  byClient: readonly string[];
}

/** Who asks for what. */
export interface ExchangeRequest {
  subject: Exchanged;
  /** The id of the client that exchanges. */
  client: string;
  target: Api;
  /** The scopes that are asked for; undefined for all that there may be. */
  scopes: readonly string[] | undefined;
  limits: Limits;
}

/**
 * Why a token is not exchanged:
 * - `not_from_there`: the API takes no tokens of where this one is from
 * - `not_by_client`: it does, but not from this client
 * - `passed`: the API has been passed in this chain
 * - `acts_already`: the client acts in this chain already
 * - `too_deep`: there are as many actors as there may be
 * - `not_exchangeable`, `not_registered`, `not_allowed`: the API, the registration of the client or the user leaves a scope out,
 *   or all of them when no scope is named
 */
export interface ExchangeRefusal {
  reason:
    | 'not_from_there'
    | 'not_by_client'
    | 'passed'
    | 'acts_already'
    | 'too_deep'
    | 'not_exchangeable'
    | 'not_registered'
    | 'not_allowed';
  scope?: string | undefined;
}

/** Why an API takes no token at all from a client; undefined if it may take some. */
export function refusalOfClient(target: Api, client: string): ExchangeRefusal | undefined {
  if (target.exchange.length === 0) return { reason: 'not_from_there' };
  const isNamed = target.exchange.some(({ clients }) => clients.includes(client));
  return isNamed ? undefined : { reason: 'not_by_client' };
}

/** The scopes that the new token has, or why there is none. */
export function decideExchange(request: ExchangeRequest): Result<string[], ExchangeRefusal> {
  const { subject, client, target } = request;
  const fromThere = target.exchange.filter(({ from }) => normalised(from) === normalised(subject.from));
  if (fromThere.length === 0) return refused('not_from_there');
  const entries = fromThere.filter(({ clients }) => clients.includes(client));
  if (entries.length === 0) return refused('not_by_client');
  const inChain = refusalOfChain(request);
  if (inChain !== undefined) return refused(inChain);
  return withinLimits(request, new Set(entries.flatMap(({ scopes }) => [...scopes])));
}

/** A chain has an end, and comes to no API and to no client twice. */
function refusalOfChain({ subject, client, target }: ExchangeRequest): ExchangeRefusal['reason'] | undefined {
  const passed = [subject.from, ...(subject.origin?.tokens ?? []).map(({ aud }) => aud)].map(normalised);
  if (passed.includes(normalised(target.resource))) return 'passed';
  if (exchangersOf(subject.act).includes(client)) return 'acts_already';
  return actorsOf(subject.act).length >= MAX_ACTORS ? 'too_deep' : undefined;
}

function withinLimits(
  { scopes, limits }: ExchangeRequest,
  ofEntries: ReadonlySet<string>,
): Result<string[], ExchangeRefusal> {
  const steps = [
    { reason: 'not_exchangeable', allowed: ofEntries },
    { reason: 'not_registered', allowed: new Set(limits.byClient) },
    { reason: 'not_allowed', allowed: new Set(limits.byUser) },
  ] as const;
  let left = [...(scopes ?? ofEntries)];
  for (const { reason, allowed } of steps) {
    const outside = scopes?.find((scope) => !allowed.has(scope));
    if (outside !== undefined) return refused(reason, outside);
    left = left.filter((scope) => allowed.has(scope));
    if (left.length === 0) return refused(reason);
  }
  return { ok: true, value: left };
}

function refused(reason: ExchangeRefusal['reason'], scope?: string): { ok: false; refusal: ExchangeRefusal } {
  return { ok: false, refusal: { reason, scope } };
}
