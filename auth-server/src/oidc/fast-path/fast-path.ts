/**
 * The fast path: the shortcuts around the library, and the one door to them. With `FAST_PATH=off` nothing in this room is
 * used, and the certified library answers every request. The figures are from docs/performance.md: ES256, two cores, CPU
 * time of the auth server unless it says otherwise.
 *
 * Plain introspection (plain-introspection.ts) answers the introspections that APIs send all the time.
 * - It halves the cost of an introspection, from 207 to 95 µs. A call of the whole chain takes 1.65 ms instead of 1.80.
 * - It depends on how the library introspects: who may ask, what it refuses, and which members it answers with. It answers
 *   only the plainest case and leaves the rest, including refusals, to the library. A test sends each request both ways
 *   and compares the answers.
 *
 * Own tokens (own-tokens.ts) are those that were issued or verified here within the last seconds. Their signature is not
 * checked again; whether they have expired or were revoked is.
 * - They save a fifth of the auth server's CPU time in the chain.
 * - They depend on the library's event `grant.success`, which comes with the answer that holds the token. Without the event
 *   each signature would be checked once. They belong to one set of keys: after a rotation none is known.
 *
 * The signing thread (keys-in-thread.ts, signing-thread.ts, signing-worker.js) makes the signatures of elliptic curves; RSA
 * stays with the library.
 * - It saves a third of a token request, 220 instead of 300 µs, and 185 µs with the signature taken as DER. The password
 *   grant then serves 6,220 requests a second instead of 4,070. It costs 15 MiB, and 4% of the chain when there is only
 *   one caller at a time.
 * - It depends on the library's `ExternalSigningKey`, which is experimental: with any version but the one named here the
 *   provider does not start. It depends on Node for posting a `KeyObject` to a thread, and on `node:crypto` for writing
 *   ECDSA signatures as DER (RFC 3279 §2.2.3), from which the thread reads two short integers. Tests verify thousands of
 *   signatures, and check what happens when the thread dies.
 *
 * Released contexts (release-context.ts) are emptied when their request is answered.
 * - They save memory, and so shorten the pauses of full collections: until the next one a token request leaves 2.8 KB
 *   behind instead of 10.3.
 * - They depend on the contexts of Koa and of the library being objects with writable fields, which nobody reads after the
 *   answer. The reason for them is V8, which keeps the getter that the library defines on each context among its old
 *   objects. A test measures what is left of a request.
 *
 * The flags of V8 in shared/src/lifecycle/memory.ts are not part of this. They bound the memory of all three services, and
 * nothing that the library does depends on them.
 */
import type { JWK } from 'jose';
import type { Middleware } from 'koa';
import type { Configuration, ExternalSigningKey, Provider } from 'oidc-provider';
import { ACCESS_TOKEN_TTL } from '../../core/apis/api.ts';
import type { OwnTokens } from '../tokens/jwt-access-tokens.ts';
import { EXTERNAL_KEYS, keysInThread } from './keys-in-thread.ts';
import { ownTokens, rememberIssued } from './own-tokens.ts';
import { introspectPlainly } from './plain-introspection.ts';
import { releaseContext } from './release-context.ts';

/** What the fast path offers to the rest of the auth server, which works without any of it. */
export interface FastPath {
  /** Tokens whose signature need not be checked. */
  ownTokens: OwnTokens;
  /** Adds each token that a provider issues to the own tokens. */
  rememberIssued(provider: Provider): void;
  /** Wraps private keys for the library, so that they sign in a thread. */
  keysInThread(keys: JWK[]): (JWK | ExternalSigningKey)[];
  /** The features of the library that such keys need. */
  features: Pick<NonNullable<Configuration['features']>, 'externalSigningSupport'>;
  introspectPlainly: typeof introspectPlainly;
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
  };
}

/** Empties contexts whose requests are answered; undefined when the fast path is off. It needs no keys, so one is enough for all. */
export function contextRelease(setting: 'on' | 'off'): Middleware | undefined {
  return setting === 'off' ? undefined : releaseContext();
}
