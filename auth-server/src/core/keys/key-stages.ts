/** The stages of signing keys: published before they sign, signing, and retired until nothing they signed is in use. */

/** A key that signs, as far as its stage goes. Times are in milliseconds since the epoch. */
export interface KeyTimes {
  kid: string;
  alg: string;
  createdAt: number;
  /** When it begins to sign. Until then it is only published. */
  signsFrom: number;
}

export type KeyStage = 'published' | 'signing' | 'retired';

/** A key with its stage. */
export interface Staged<Key extends KeyTimes> {
  key: Key;
  stage: KeyStage;
  /** When another took its place, in milliseconds since the epoch; only a retired key has it. */
  retiredAt?: number;
}

/** How keys go from stage to stage; in milliseconds. */
export interface RotationRules {
  /** How long a key signs before another takes its place. */
  maxAgeMs: number;
  /** How long a new key is published before it signs: longer than anyone may keep the key set (RFC 7517) without asking. */
  publishMs: number;
  /** How long a retired key of an algorithm stays published: as long as anything that it signed may be good. */
  retireMs: (alg: string) => number;
}

/** The keys of all algorithms at a time, with their stages; those that nothing needs any more are left out. */
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
 * When a key for an algorithm has to begin to sign that does not exist yet; undefined while all is well. The first key
 * signs at once, since nobody can hold a key set without it.
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

/** The first key that took the place of another. */
function successorOf(key: KeyTimes, keys: KeyTimes[], now: number): KeyTimes | undefined {
  return keys
    .filter(({ alg, signsFrom }) => alg === key.alg && signsFrom > key.signsFrom && signsFrom <= now)
    .sort((a, b) => a.signsFrom - b.signsFrom)[0];
}
