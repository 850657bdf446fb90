/**
 * Codes, device codes and refresh tokens are used up when the access token is made, and not before. The library marks them as
 * used while it still has checks ahead of it (the resource, the DPoP proof, the account), and a request that it refuses then could
 * not be tried again without them.
 */
import { type Adapter, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Artifact, ArtifactStore } from '../../core/grants/artifact-store.ts';
import { tellingOutages } from '../library-outages.ts';

type Write = () => Promise<void>;

/** What a token request is going to write once its access token is made, in order. */
const waiting = new WeakMap<object, Write[]>();

/** Writes this once the access token of the request under way is made. */
export function onceIssued(write: Write): void {
  const { ctx } = Provider;
  if (ctx === undefined) throw new Error('tokens are issued in requests only');
  waiting.set(ctx, [...(waiting.get(ctx) ?? []), write]);
}

/** Writes what has waited for an access token. The library asks for a token's claims when all of its checks are done. */
export async function writeWhatWaited(ctx: KoaContextWithOIDC): Promise<void> {
  const writes = waiting.get(ctx);
  if (writes === undefined) return;
  waiting.delete(ctx);
  for (const write of writes) await tellingOutages(write());
}

/**
 * The adapter of a model that token requests use up.
 *
 * @param overlap how long what was used may be used again, in seconds
 */
export function usedWhenIssued(
  model: string,
  adapter: Adapter,
  artifacts: ArtifactStore,
  overlap: number,
): Adapter {
  return {
    ...adapter,
    async find(id) {
      const found = await adapter.find(id);
      // What may be used again looks to the library as if it had not been used.
      return found && isWithinOverlap(found as Artifact) ? { ...found, consumed: undefined } : found;
    },
    // A refresh token that replaces another is stored before the access token is made.
    async upsert(id, payload, expiresIn) {
      const store = async () => void (await adapter.upsert(id, payload, expiresIn));
      if (Provider.ctx !== undefined && waiting.has(Provider.ctx)) onceIssued(store);
      else await store();
    },
    consume: async (id) => onceIssued(() => useUp(id)),
  };

  async function useUp(id: string): Promise<void> {
    // The library looks before it consumes, and others may have come in between.
    if (await artifacts.consume(model, id)) return;
    const used = await artifacts.find(model, id);
    if (used !== undefined && isWithinOverlap(used)) return;
    // Used twice at once is used twice: what came of it ends, as it does when the library sees it (RFC 6749 §4.1.2).
    if (used?.grantId !== undefined) await artifacts.destroy('Grant', used.grantId);
    throw new errors.InvalidGrant('already consumed');
  }

  function isWithinOverlap({ consumedAgo }: Artifact): boolean {
    return typeof consumedAgo === 'number' && consumedAgo < overlap;
  }
}
