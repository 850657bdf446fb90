/** The stages of signing keys: published before they sign, signing, and retired until nothing they signed is in use. */

/** What decides the stage of a signing key. Times are in milliseconds since the epoch. */
export interface KeyTimes {
  kid: string;
  alg: string;
  createdAt: number;
  /** When it begins to sign. Until then it is only published. */
  signsFrom: number;
}

/** All stages are in the key set; only a `signing` key signs. */
export type KeyStage = 'published' | 'signing' | 'retired';

/** A key with its stage. */
export interface Staged<Key extends KeyTimes> {
  key: Key;
  stage: KeyStage;
  /** When the key was replaced, in milliseconds since the epoch; only a retired key has it. */
  retiredAt?: number;
}

/** How long keys stay in each stage, in milliseconds. */
export interface RotationRules {
  /** How long a key signs before it is replaced. */
  maxAgeMs: number;
  /** How long a new key is published before it signs: longer than anyone may cache the key set (RFC 7517 §5). */
  publishMs: number;
  /** How long a retired key of an algorithm stays published: as long as anything that it signed may be valid. */
  retireMs: (alg: string) => number;
}

/**
 * The keys of all algorithms with their stages at a time; keys that have been retired for long enough are left out.
 *
 * @param now in milliseconds since the epoch
 */
export function stagesAt<Key extends KeyTimes>(
  keys: Key[],
  now: number,
  { retireMs }: RotationRules,
): Staged<Key>[] {
  return keys.flatMap((key): Staged<Key>[] => {
    if (key.signsFrom > now) return [{ key, stage: 'published' }];
    const retiredAt = successorOf(key, keys, now)?.signsFrom;
    if (retiredAt === undefined) return [{ key, stage: 'signing' }];
    return now < retiredAt + retireMs(key.alg) ? [{ key, stage: 'retired', retiredAt }] : [];
  });
}

/**
 * When a new key for an algorithm has to begin to sign, in milliseconds since the epoch; undefined while none is due.
 * The first key signs at once, since nobody can have cached a key set without it.
 */
export function dueKey(
  keys: KeyTimes[],
  alg: string,
  now: number,
  { maxAgeMs, publishMs }: RotationRules,
): number | undefined {
  const newest = Math.max(...keys.filter((key) => key.alg === alg).map(({ signsFrom }) => signsFrom));
  if (!Number.isFinite(newest)) return now;
  return now >= newest + maxAgeMs - publishMs ? now + publishMs : undefined;
}

/** The first key that replaced another. */
function successorOf(key: KeyTimes, keys: KeyTimes[], now: number): KeyTimes | undefined {
  return keys
    .filter(({ alg, signsFrom }) => alg === key.alg && signsFrom > key.signsFrom && signsFrom <= now)
    .sort((a, b) => a.signsFrom - b.signsFrom)[0];
}
