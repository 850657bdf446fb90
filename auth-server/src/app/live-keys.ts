/** The signing keys in use: those of the operator's file, or those of the store, which are rotated. */
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Logger } from 'shared/telemetry/logger.ts';
import { outsideRequests } from 'shared/telemetry/request-context.ts';
import type { Settings } from '../config.ts';
import type { Api } from '../core/apis/api.ts';
import type { Apis } from '../core/apis/apis.ts';
import type { AuditEntry } from '../core/audit/audit-log.ts';
import { keyRing } from '../core/keys/key-ring.ts';
import type { RotationRules } from '../core/keys/key-stages.ts';
import type { SigningKey } from '../core/keys/signing-key-store.ts';
import type { KeyAdministration } from '../http/admin/use-cases.ts';
import { followKeys, type KeysInUse } from '../oidc/keys/follow-keys.ts';
import {
  checkSigningKeys,
  ID_TOKEN_ALG,
  LATE_SIGNATURES_MS,
  makeKey,
  neededAlgs,
  type SigningKeys,
  signingKeysOf,
  stagesOf,
} from '../oidc/keys/provider-keys.ts';
import type { Stores } from '../stores/stores.ts';

/** How long an ID token may be useful, in milliseconds: it can end a session, which lives for a day. */
const ID_TOKEN_USE_MS = 24 * 60 * 60_000;

/** The signing keys of a running auth server. */
export interface LiveKeys {
  administration: KeyAdministration;
  /**
   * The keys that these APIs need, with their stages. Those that there are not yet are made, and sign at once.
   *
   * @throws {StartupFault} when a key of the operator's file cannot be used, or one is missing there
   */
  keysFor(apis: Apis): Promise<{ signing: SigningKeys; stages: string }>;
  /** Has every change put into use from now on, whichever replica made it. */
  follow(inUse: KeysInUse): Promise<void>;
}

/** The keys of JWKS_FILE, which only an operator can change, or else those of the store. */
export function liveKeys(
  dependencies: ServiceDependencies<Settings>,
  stores: Stores,
  apis: () => Apis,
): LiveKeys {
  const { settings, log } = dependencies;
  const file = settings.JWKS_FILE;
  if (file === undefined) return keysOfStore(dependencies, stores, apis);
  return {
    administration: { published: async () => [], rotate: async () => ({ ok: false, refusal: 'fixed' }) },
    keysFor: async (needing) => ({
      signing: await checkSigningKeys(file.keys, settings.SIGNING_ALG, needing),
      stages: 'fixed',
    }),
    async follow() {
      warnOfKeys(await checkSigningKeys(file.keys, settings.SIGNING_ALG, apis()), log);
    },
  };
}

function keysOfStore(
  { settings, stopping, log }: ServiceDependencies<Settings>,
  stores: Stores,
  apis: () => Apis,
): LiveKeys {
  // Beside the APIs in force, those that keys are asked for, which come next.
  let next = apis();
  const rules = {
    maxAgeMs: settings.KEY_ROTATION_DAYS * 24 * 60 * 60_000,
    publishMs: settings.KEY_PUBLISH_SECONDS * 1_000,
    retireMs: retirement(() => [...apis().all, ...next.all]),
  };
  const recordMade = (made: SigningKey[]) => stores.audit.record(...made.map(rotationEntry));
  const ring = keyRing(
    stores.signingKeys,
    makeKey,
    () => neededAlgs(settings.SIGNING_ALG, next),
    rules,
    Date.now,
    recordMade,
  );
  // Until keys are followed, none are in use that a rotation could replace.
  let look = async () => {};
  return {
    administration: {
      published: ring.published,
      async rotate(at) {
        const rotated = await ring.rotate(at);
        // The keys are replaced, whether or not this replica learns of it at once. It looks again in a few seconds.
        await look().catch((err) => log.warn({ event: 'keys.unknown', err }, 'signing keys cannot be read'));
        return { ok: true, value: rotated };
      },
    },
    async keysFor(needing) {
      next = needing;
      const published = await ring.published();
      return { signing: signingKeysOf(published, settings.SIGNING_ALG), stages: stagesOf(published) };
    },
    async follow(inUse) {
      const lookNow = followKeys(ring, inUse, stopping, log);
      // The provider that is built serves every request, and not only the one that replaced the keys.
      look = () => outsideRequests(lookNow);
      if (!settings.DATABASE_URL) warnOfMemory(log);
    },
  };
}

/**
 * How long the retired keys of an algorithm stay published: as long as the tokens that they signed may be useful. If
 * access tokens have the algorithm of ID tokens, that is as long as ID tokens need; access tokens that claim to be
 * younger than the retirement of their key are refused nevertheless.
 */
function retirement(apis: () => readonly Api[]): RotationRules['retireMs'] {
  const longestLife = () => Math.max(0, ...apis().map(({ accessTokenTtl }) => accessTokenTtl));
  return (alg) => LATE_SIGNATURES_MS + (alg === ID_TOKEN_ALG ? ID_TOKEN_USE_MS : longestLife() * 1_000);
}

/** The audit record of a key that was made because the one before it grew old. */
function rotationEntry({ kid, alg }: SigningKey): AuditEntry {
  return { action: 'key_rotated', actor: undefined, subject: `key:${kid}`, details: { alg } };
}

function warnOfMemory(log: Logger): void {
  log.warn(
    { event: 'keys.made' },
    'signing keys are in memory and end with this process: set JWKS_FILE or DATABASE_URL',
  );
}

function warnOfKeys({ idTokenAlg }: SigningKeys, log: Logger): void {
  // OpenID Connect Discovery §3 requires RS256 among the algorithms of ID tokens.
  if (idTokenAlg === 'RS256') return;
  log.warn(
    { event: 'keys.no_rs256' },
    `no key of JWKS_FILE is for RS256, which OpenID Connect clients may need: ID tokens are signed with ${idTokenAlg}`,
  );
}
