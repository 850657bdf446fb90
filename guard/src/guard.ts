/** The guard of one API: it authorizes each call by its access token, and answers those that are refused. */
import { Unavailable } from 'shared/core/unavailable.ts';
import type { IncomingRequest } from 'shared/oauth/incoming-request.ts';
import {
  metadataPath,
  metadataUrl,
  type ProtectedResource,
} from 'shared/oauth/protected-resource-metadata.ts';
import { type IntrospectionClient, introspectionAt } from './adapters/introspection-client.ts';
import { type LocalVerification, verifiedLocally } from './adapters/local-verification.ts';
import { proofReader } from './adapters/proof-reader.ts';
import { replayCache } from './adapters/replay-cache.ts';
import { authorizer, type Caller, type Introspect } from './core/authorization.ts';
import type { Clock } from './core/clock.ts';
import { PROOF_ALGS, proofChecker, type RememberProof } from './core/dpop-proof.ts';
import { assertNeed, type Need } from './core/need.ts';
import { type Answer, metadataAnswer, outageAnswer, refusalAnswer } from './http/answers.ts';
import { presentedToken } from './http/presented-token.ts';
import { refusedCall } from './http/refusals.ts';
import { metadataRequests } from './http/request-target.ts';

/** What a function for `tokens` throws during an outage. Callers are answered 503, and never a refusal. */
export { Unavailable } from 'shared/core/unavailable.ts';
export type { Caller, Introspect, Introspection } from './core/authorization.ts';
export type { Need } from './core/need.ts';
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

/** The caller of an authorized call, or the answer to any other. The caller is known when the token is good, and does not suffice. */
export type Verdict = { ok: true; caller: Caller } | { ok: false; answer: Answer; caller?: Caller };

/** What becomes of a request: it passes, with its caller when that is known, or it is answered. */
export type Outcome = { ok: true; caller?: Caller } | { ok: false; answer: Answer; caller?: Caller };

/** The guard of one API. */
export interface Guard {
  /**
   * Decides about one call, which it can do once: a DPoP proof is not good a second time. It answers outages, too, and rejects
   * only on a defect, such as a need that nobody can meet.
   */
  authorize(request: IncomingRequest, need?: Need): Promise<Verdict>;
  /** Answers a request for the metadata of the API, which is public, and lets any other pass. */
  describe(request: Pick<IncomingRequest, 'method' | 'target'>): Outcome;
  /** The metadata of the API (RFC 9728), and the path where clients look for it. */
  metadata: { path: string; answer: Answer };
}

/**
 * Makes the guard of an API.
 *
 * @throws {TypeError} when the resource, the issuer or the base URL is no http or https URL, or has a fragment (RFC 8707 §2,
 * RFC 8414 §2), or when it is not said how tokens are checked
 */
export function createGuard(options: GuardOptions): Guard {
  const { resource, issuer, clock = Date.now, onOutage = console.error, baseUrl = resource } = options;
  const { rememberProof = replayCache(clock) } = options;
  for (const url of [resource, issuer, baseUrl]) assertHttpUrl(url);
  const checkProof = proofChecker(proofReader(clock), rememberProof, clock);
  const authorizePresented = authorizer(resource, checkOf(options, clock), checkProof, clock);
  const wellKnown = metadataUrl(resource);
  const asksForMetadata = metadataRequests(wellKnown);

  async function authorize(request: IncomingRequest, need: Need = {}): Promise<Verdict> {
    assertNeed(need);
    const parsed = presentedToken(request, baseUrl);
    if ('refusal' in parsed)
      return { ok: false, answer: refusalAnswer(refusedCall(parsed.refusal, wellKnown)) };
    const authorized = await authorizePresented(parsed.presented, need);
    if (authorized.ok) return { ok: true, caller: authorized.value };
    const { refusal } = authorized;
    const answer = refusalAnswer(refusedCall(refusal, wellKnown));
    return { ok: false, answer, ...('caller' in refusal && { caller: refusal.caller }) };
  }

  const metadata = { path: metadataPath(resource), answer: metadataAnswer(protectedResource(options)) };

  return {
    async authorize(request, need) {
      try {
        return await authorize(request, need);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        onOutage(error);
        return { ok: false, answer: outageAnswer(error) };
      }
    },
    describe(request) {
      return asksForMetadata(request) ? { ok: false, answer: metadata.answer } : { ok: true };
    },
    metadata,
  };
}

function assertHttpUrl(url: string): void {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '') || url.includes('#'))
    throw new TypeError(`${url} is no http or https URL without a fragment`);
}

function checkOf({ tokens, issuer }: GuardOptions, clock: Clock): Introspect {
  if (typeof tokens === 'function') return tokens;
  if ('clientId' in tokens) return introspectionAt(issuer, tokens);
  // A misspelt `clientId` would otherwise be a guard that does not notice revocations.
  if (tokens.verify !== 'locally')
    throw new TypeError('tokens must have a clientId, be verified locally, or be a function');
  return verifiedLocally(issuer, tokens, clock);
}

function protectedResource({ resource, issuer, name, scopes = [] }: GuardOptions): ProtectedResource {
  return { resource, issuer, name, scopes, proofAlgs: PROOF_ALGS };
}
