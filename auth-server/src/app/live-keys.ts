/** Keys that take each other's place, and the apps that work with them. */

import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Logger } from 'shared/telemetry/logger.ts';
import type { Settings } from '../config.ts';
import type { AuditEntry } from '../core/audit/audit-log.ts';
import { keyRing, type StagedKey } from '../core/keys/key-ring.ts';
import type { SigningKey } from '../core/keys/signing-key-store.ts';
import type { KeyAdministration } from '../http/admin/use-cases.ts';
import { followKeys } from '../oidc/keys/follow-keys.ts';
import {
  checkSigningKeys,
  makeKey,
  neededAlgs,
  type SigningKeys,
  signingKeysOf,
} from '../oidc/keys/provider-keys.ts';
import type { Lasting } from './lasting-parts.ts';

/** How long a retired key stays published, in milliseconds: sessions, which may use an ID token to end, live as long. */
const RETIRE_MS = 24 * 60 * 60_000;

/** Puts keys into use, together with what may be done to them. */
export type Use = (keys: SigningKeys, administration: KeyAdministration) => Promise<void>;

/** Puts the keys of the operator's file into use, or keeps those of the store in use, whoever rotates them. */
export async function beginWithKeys(
  { settings, stopping, log }: ServiceDependencies<Settings>,
  { stores }: Lasting,
  use: Use,
): Promise<void> {
  if (settings.JWKS_FILE) {
    const keys = await checkSigningKeys(settings.JWKS_FILE.keys, settings.SIGNING_ALG);
    await use(keys, { published: async () => [], rotate: async () => ({ ok: false, refusal: 'fixed' }) });
    warnOfKeys(keys, log);
    return;
  }
  const rules = {
    maxAgeMs: settings.KEY_ROTATION_DAYS * 24 * 60 * 60_000,
    publishMs: settings.KEY_PUBLISH_SECONDS * 1_000,
    retireMs: RETIRE_MS,
  };
  const recordMade = (made: SigningKey[]) => stores.audit.record(...made.map(rotationEntry));
  const ring = keyRing(
    stores.signingKeys,
    makeKey,
    neededAlgs(settings.SIGNING_ALG),
    rules,
    Date.now,
    recordMade,
  );
  const rotate: KeyAdministration['rotate'] = async (at) => {
    const rotated = await ring.rotate(at);
    await look();
    return { ok: true, value: rotated };
  };
  const take = (published: StagedKey[]) =>
    use(signingKeysOf(published, settings.SIGNING_ALG), { published: ring.published, rotate });
  const look = await followKeys(ring, take, stopping, log);
  if (!settings.DATABASE_URL) warnOfMemory(log);
}

/** The audit record of a key that was made since the one before grew old. */
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
  // OpenID Connect Discovery §3 wants it among the algorithms of ID tokens.
  if (idTokenAlg === 'RS256') return;
  log.warn(
    { event: 'keys.no_rs256' },
    `no key of JWKS_FILE is for RS256, which OpenID Connect clients may need: ID tokens are signed with ${idTokenAlg}`,
  );
}
