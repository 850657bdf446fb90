/** The use cases of signing keys: which of them sign now, and when another takes over. */
import { dueKey, type KeyStage, type RotationRules, type Staged, stagesAt } from './key-stages.ts';
import type { SigningKey, SigningKeyStore } from './signing-key-store.ts';

/** Makes a private key for an algorithm. */
export type MakeKey = (alg: string) => Promise<{ kid: string; jwk: Record<string, unknown> }>;

export type StagedKey = Staged<SigningKey>;

export interface KeyRing {
  /** All keys that are published now: first those that sign, then those that will, then those that did. */
  published(): Promise<StagedKey[]>;
  /**
   * Puts another key in the place of each that signs.
   *
   * @param at `published`: when those who keep the key set have had time to see it; until then, the old keys sign. `now`,
   *   for when a key has leaked: at once, and every key from before is forgotten, those that wait to sign or are retired
   *   included, so that nothing that they signed is good any more
   */
  rotate(at: 'published' | 'now'): Promise<StagedKey[]>;
}

const ORDER: KeyStage[] = ['signing', 'published', 'retired'];

/**
 * @param algs the algorithms that a key is needed for
 * @param added told of keys that were made because they were due
 */
export function keyRing(
  store: SigningKeyStore,
  makeKey: MakeKey,
  algs: string[],
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
      // Whoever comes second sees what the first has made, and adds nothing.
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

  /** Adds a key for each algorithm that needs one, and forgets those that are not to be kept. */
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

  /** With those of a time when others were needed: clients may have chosen them, and cannot do without a key. */
  function algsOf(keys: SigningKey[]): string[] {
    return [...new Set([...algs, ...keys.map(({ alg }) => alg)])];
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
