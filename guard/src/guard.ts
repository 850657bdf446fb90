/** The guard of one API: it authorizes each call by its access token, and answers those that are refused. */
import { httpUrl } from 'shared/core/http-url.ts';
import { Unavailable } from 'shared/core/unavailable.ts';
import type { IncomingRequest } from 'shared/oauth/incoming-request.ts';
import {
  metadataPath,
  metadataUrl,
  type ProtectedResource,
} from 'shared/oauth/protected-resource-metadata.ts';
import { readProof } from 'shared/oauth/read-proof.ts';
import { type IntrospectionClient, introspectionAt } from './adapters/introspection-client.ts';
import { type LocalVerification, verifiedLocally } from './adapters/local-verification.ts';
import { replayCache } from './adapters/replay-cache.ts';
import { authorizer, type Caller, type Introspect, type Refusal } from './core/authorization.ts';
import type { Clock } from './core/clock.ts';
import { PROOF_ALGS, proofChecker, type RememberProof } from './core/dpop-proof.ts';
import { assertKnownMembers } from './core/known-members.ts';
import { assertNeed, type Need } from './core/need.ts';
import { addingSignIn, type ScopeSignIn } from './core/scope-sign-in.ts';
import { type Answer, metadataAnswer, outageAnswer, refusalAnswer } from './http/answers.ts';
import { presentedToken, type RequestRefusal } from './http/presented-token.ts';
import { refusedCall } from './http/refusals.ts';
import { metadataRequests } from './http/request-target.ts';

/** What a function for `tokens` throws during an outage. Callers are answered 503, and never a refusal. */
export { Unavailable } from 'shared/core/unavailable.ts';
export type { Actor } from './core/actors.ts';
export type { Caller, Introspect, Introspection } from './core/authorization.ts';
export type { RememberProof } from './core/dpop-proof.ts';
export type { Need } from './core/need.ts';
export type { ScopeSignIn } from './core/scope-sign-in.ts';
export type { Answer } from './http/answers.ts';

/** What a guard is told about its API. */
export interface GuardOptions {
  /** The identifier of the API (RFC 8707), which is its URL and the `aud` of its tokens. */
  resource: string;
  /** The issuer of its tokens. */
  issuer: string;
  /** What users call the API, for its metadata. */
  name?: string;
  /** The scopes of the API, for its metadata. */
  scopes?: readonly string[];
  /**
   * How users must have signed in wherever a call needs one of these scopes (RFC 9470), besides what the call itself needs. Each
   * must be one of `scopes` when those are given.
   */
  signIn?: ScopeSignIn;
  /**
   * Where clients reach the root of this server, by which DPoP proofs name their calls; the resource when left out. A server
   * with an API below a path that no proxy takes away has its origin here.
   */
  baseUrl?: string;
  /**
   * How tokens are checked: by introspection with the credentials of the API, which knows of revocations; by their signatures,
   * which does not; or by a function of your own.
   */
  tokens: IntrospectionClient | LocalVerification | Introspect;
  /** Gets each outage that callers were told of, with its cause. By default it is written to stderr. */
  onOutage?: (outage: Unavailable) => void;
  /** Where DPoP proofs that were used are remembered; by default in this process. */
  rememberProof?: RememberProof;
  /** Tells milliseconds since the epoch; `Date.now` by default. */
  clock?: Clock;
}

const MEMBERS: readonly (keyof GuardOptions)[] = [
  'resource',
  'issuer',
  'name',
  'scopes',
  'signIn',
  'baseUrl',
  'tokens',
  'onOutage',
  'rememberProof',
  'clock',
];

/**
 * The caller of an authorized call, or the answer to any other. The caller of a refused call is known when its token is good and
 * lacks nothing but the scope or the sign-in.
 */
export type Verdict = { ok: true; caller: Caller } | { ok: false; answer: Answer; caller?: Caller };

/** What becomes of a request: it passes, with its caller when that is known, or it is answered. */
export type Outcome = { ok: true; caller?: Caller } | { ok: false; answer: Answer; caller?: Caller };

/** The guard of one API. */
export interface Guard {
  /**
   * Makes what decides about the calls of a route, each of them once: a DPoP proof is not good a second time. It answers outages,
   * too, and rejects only on a defect.
   *
   * @throws {TypeError} at once, when a need is misspelt, says nothing, or can be met by nobody, also together with the sign-ins
   *   that its scopes ask for
   */
  authorizerFor(need?: Need): (request: IncomingRequest) => Promise<Verdict>;
  /** Decides about one call, by what it alone needs. */
  authorize(request: IncomingRequest, need?: Need): Promise<Verdict>;
  /** Answers a request for the metadata of the API, which is public, and lets any other pass. */
  describe(request: Pick<IncomingRequest, 'method' | 'target'>): Outcome;
  /** The metadata of the API (RFC 9728), and the path where clients look for it. */
  metadata: { path: string; answer: Answer };
}

/**
 * Makes the guard of an API.
 *
 * @throws {TypeError} when an option is misspelt or missing, when the resource, the issuer or the base URL is no http or
 *   https URL, or has a fragment (RFC 8707 §2), or when a scope asks for a sign-in that cannot be
 */
export function createGuard(options: GuardOptions): Guard {
  assertKnownMembers('the guard', options, MEMBERS);
  const { resource, issuer, clock = Date.now, onOutage = console.error, baseUrl = resource } = options;
  const { rememberProof = replayCache(clock), signIn = {}, scopes } = options;
  const addSignIn = addingSignIn(signIn, scopes);
  for (const [name, url] of Object.entries({ resource, issuer, baseUrl })) assertHttpUrl(name, url);
  const checkProof = proofChecker((proof) => readProof(proof, PROOF_ALGS, clock()), rememberProof, clock);
  const authorizePresented = authorizer(resource, tokenCheck(options, clock), checkProof, clock);
  const urlOfMetadata = metadataUrl(resource);
  const asksForMetadata = metadataRequests(urlOfMetadata);
  const metadata = { path: metadataPath(resource), answer: metadataAnswer(protectedResource(options)) };

  async function verdictOn(request: IncomingRequest, need: Need): Promise<Verdict> {
    const parsed = presentedToken(request, baseUrl);
    if ('refusal' in parsed) return refused(parsed.refusal, need);
    const authorized = await authorizePresented(parsed.presented, need);
    return authorized.ok ? { ok: true, caller: authorized.value } : refused(authorized.refusal, need);
  }

  function refused(refusal: Refusal | RequestRefusal, { scope }: Need): Verdict {
    const answer = refusalAnswer(refusedCall(refusal, scope, urlOfMetadata));
    return { ok: false, answer, ...('caller' in refusal && { caller: refusal.caller }) };
  }

  function authorizerFor(need: Need = {}) {
    assertNeed(need);
    const whole = addSignIn(need);
    return async function authorizeCall(request: IncomingRequest): Promise<Verdict> {
      try {
        return await verdictOn(request, whole);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        onOutage(error);
        return { ok: false, answer: outageAnswer(error) };
      }
    };
  }

  return {
    authorizerFor,
    async authorize(request, need) {
      return authorizerFor(need)(request);
    },
    describe(request) {
      return asksForMetadata(request) ? { ok: false, answer: metadata.answer } : { ok: true };
    },
    metadata,
  };
}

function assertHttpUrl(name: string, url: string): void {
  if (httpUrl(url) === undefined || url.includes('#'))
    throw new TypeError(`${name}: ${url} is no http or https URL without a fragment`);
}

function tokenCheck({ tokens, issuer }: GuardOptions, clock: Clock): Introspect {
  if (typeof tokens === 'function') return tokens;
  if ('verify' in tokens) return verifiedLocally(issuer, tokens, clock);
  return introspectionAt(issuer, tokens);
}

function protectedResource({ resource, issuer, name, scopes = [] }: GuardOptions): ProtectedResource {
  return { resource, issuer, name, scopes, proofAlgs: PROOF_ALGS };
}
