/** The use cases of signing keys: which of them sign now, and when they are replaced. */
import { dueKey, type KeyStage, type RotationRules, type Staged, stagesAt } from './key-stages.ts';
import type { SigningKey, SigningKeyStore } from './signing-key-store.ts';

/** Makes a private key, as a JWK (RFC 7517), for a signature algorithm (RFC 7518 §3.1). */
export type MakeKey = (alg: string) => Promise<{ kid: string; jwk: Record<string, unknown> }>;

/** A signing key with its stage. */
export type StagedKey = Staged<SigningKey>;

/** The signing keys of all algorithms, which are replaced when they grow old or when an administrator says so. */
export interface KeyRing {
  /** All keys that are published now: first those that sign, then those that will, then those that did. */
  published(): Promise<StagedKey[]>;
  /**
   * Replaces every key that signs.
   *
   * @param at `published`: the new keys sign once everyone who caches the key set has had time to fetch them, and the
   *   old ones sign until then. `now`, for when a key has leaked: the new keys sign at once, and every earlier key is
   *   forgotten, whatever its stage, so that nothing that it signed is accepted any more
   * @returns all keys that are published after the rotation
   */
  rotate(at: 'published' | 'now'): Promise<StagedKey[]>;
}

const ORDER: KeyStage[] = ['signing', 'published', 'retired'];

/**
 * Makes a key ring over a store that replicas may share.
 *
 * @param algs the algorithms that need a key now
 * @param clock tells the time in milliseconds since the epoch
 * @param added is told of keys that were made because they were due
 */
export function keyRing(
  store: SigningKeyStore,
  makeKey: MakeKey,
  algs: () => string[],
  rules: RotationRules,
  clock: () => number = Date.now,
  added: (keys: SigningKey[]) => Promise<void> = async () => {},
): KeyRing {
  return {
    async published() {
      const keys = await store.all();
      const now = clock();
      const complete = algsOf(keys).every((alg) => dueKey(keys, alg, now, rules) === undefined);
      if (complete) return staged(keys);
      // A replica that comes second sees the keys that the first one made, and adds none.
      const { all, made } = await change((alg, known) => dueKey(known, alg, clock(), rules));
      if (made.length > 0) await added(made);
      return staged(all);
    },
    async rotate(at) {
      const { all } =
        at === 'now' ? await change(() => clock(), none) : await change(() => clock() + rules.publishMs);
      return staged(all);
    },
  };

  /** Adds a key for each algorithm that needs one, and forgets the keys that are not to be kept. */
  async function change(
    signsFrom: (alg: string, keys: SigningKey[]) => number | undefined,
    kept: (keys: SigningKey[]) => SigningKey[] = needed,
  ): Promise<{ all: SigningKey[]; made: SigningKey[] }> {
    let made: SigningKey[] = [];
    const all = await store.change(async (keys) => {
      const keep = kept(keys);
      const wanted = await Promise.all(algsOf(keys).map((alg) => keyFor(alg, signsFrom(alg, keys))));
      made = wanted.filter((key) => key !== undefined);
      return { add: made, forget: keys.filter((key) => !keep.includes(key)).map(({ kid }) => kid) };
    });
    return { all, made };
  }

  async function keyFor(alg: string, signsFrom: number | undefined): Promise<SigningKey | undefined> {
    return signsFrom === undefined
      ? undefined
      : { ...(await makeKey(alg)), alg, createdAt: clock(), signsFrom };
  }

  /** Includes algorithms that were needed earlier: clients may have chosen them, and still need a key. */
  function algsOf(keys: SigningKey[]): string[] {
    return [...new Set([...algs(), ...keys.map(({ alg }) => alg)])];
  }

  function needed(keys: SigningKey[]): SigningKey[] {
    return stagesAt(keys, clock(), rules).map(({ key }) => key);
  }

  function none(): SigningKey[] {
    return [];
  }

  function staged(keys: SigningKey[]): StagedKey[] {
    const stages = stagesAt(keys, clock(), rules);
    return stages.sort((a, b) => ORDER.indexOf(a.stage) - ORDER.indexOf(b.stage));
  }
}
