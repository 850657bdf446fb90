/**
 * The fast path: what goes round the library for speed, and the one door to it. With `FAST_PATH=off` nothing in this room
 * is used, and every request takes the way of the certified library. The figures are from docs/performance.md: ES256, two
 * cores, CPU time of the auth server where it does not say otherwise.
 *
 * Plain introspection (plain-introspection.ts) answers the introspections that APIs send all the time.
 * - It buys half of an introspection: 207 to 95 µs, and a call of the whole chain 1.80 to 1.65 ms.
 * - It leans on how the library introspects: who may ask, what it refuses, and which members it answers with. It answers
 *   nothing but the plainest case and leaves all else, refusals too, to the library. A test sends each request both ways
 *   and compares the answers.
 *
 * Own tokens (own-tokens.ts) are those that were issued or verified here within the last seconds. Their signature is not
 * checked again; whether one has expired or was revoked is.
 * - They buy a fifth of the auth server's CPU time in the chain.
 * - They lean on the library's event `grant.success`, which comes with the answer that holds the token. Without the event
 *   each signature would be checked once. They are those of one set of keys: after a rotation none is known.
 *
 * The signing thread (keys-in-thread.ts, signing-thread.ts, signing-worker.js) makes the signatures of elliptic curves; RSA
 * stays with the library.
 * - It buys a third of a token request, 300 to 220 µs, and with the signature taken as DER 185 µs: 4,070 to 6,220 requests
 *   a second by the password grant. It costs 15 MiB, and 4% of the chain when there is only one caller at a time.
 * - It leans on the library's `ExternalSigningKey`, which is experimental: the provider does not start with another
 *   version of it than the one that is named here. Of Node it needs that a `KeyObject` can be posted to a thread, and of
 *   `node:crypto` that it writes ECDSA signatures as DER (RFC 3279 §2.2.3), of which the thread reads two short integers.
 *   Tests verify thousands of signatures, and see what becomes of them when the thread dies.
 *
 * Released contexts (release-context.ts) are emptied when their request is answered.
 * - They buy memory, and with it the pauses of full collections: what a token request leaves behind until the next one is
 *   2.8 KB and not 10.3.
 * - They lean on Koa's context and the library's being objects whose fields can be written, and on nobody reading them
 *   after the answer. The reason for them is V8's: it keeps the getter that the library defines on each context among its
 *   old objects. A test measures what is left of a request.
 *
 * The flags of V8 in shared/src/lifecycle/memory.ts are not part of this. They bound the memory of all three services, and
 * nothing that the library does depends on them.
 */
import type { JWK } from 'jose';
import type { Configuration, ExternalSigningKey, Provider } from 'oidc-provider';
import { ACCESS_TOKEN_TTL } from '../lifetimes.ts';
import type { OwnTokens } from '../tokens/jwt-access-tokens.ts';
import { EXTERNAL_KEYS, keysInThread } from './keys-in-thread.ts';
import { ownTokens, rememberIssued } from './own-tokens.ts';
import { introspectPlainly } from './plain-introspection.ts';
import { releaseContext } from './release-context.ts';

/** What the fast path has for the rest of the auth server, which works without any of it. */
export interface FastPath {
  /** Tokens whose signature need not be checked. */
  ownTokens: OwnTokens;
  /** Adds each token that a provider issues to them. */
  rememberIssued(provider: Provider): void;
  /** Private keys as the library is to have them, so that they sign in a thread. */
  keysInThread(keys: JWK[]): (JWK | ExternalSigningKey)[];
  /** The features of the library that such keys need. */
  features: Pick<NonNullable<Configuration['features']>, 'externalSigningSupport'>;
  introspectPlainly: typeof introspectPlainly;
  releaseContext: typeof releaseContext;
}

/** The fast path for one set of keys; undefined when it is off. */
export function fastPath(setting: 'on' | 'off'): FastPath | undefined {
  if (setting === 'off') return undefined;
  const own = ownTokens(ACCESS_TOKEN_TTL);
  return {
    ownTokens: own,
    rememberIssued: (provider) => rememberIssued(provider, own),
    keysInThread,
    features: { externalSigningSupport: EXTERNAL_KEYS },
    introspectPlainly,
    releaseContext,
  };
}
