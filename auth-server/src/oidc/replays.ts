/** Refuses proofs and assertions that were used before, each with the error of its kind. */
import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { type Adapter, errors, Provider } from 'oidc-provider';
import type { ArtifactStore } from '../core/grants/artifact-store.ts';
import { textOf } from './parameters.ts';

/**
 * The adapter of the used ones. The library calls a replayed DPoP proof `invalid_grant` or `invalid_token`, which would make a
 * client throw away a good code or token. So the adapter tells of a replay before the library does (RFC 9449 §5, §7.1).
 */
export function replays(adapter: Adapter, artifacts: ArtifactStore): Adapter {
  return {
    ...adapter,
    async find(id) {
      const used = await adapter.find(id);
      // Of an assertion the library says the right thing.
      if (used !== undefined && !isOfAssertion(id)) throw replayedProof();
      return used;
    },
    async upsert(id, payload, expiresIn) {
      await adapter.upsert(id, payload, expiresIn);
      // The library looks before it stores, and others may have come in between: whoever consumes it came first.
      if (await artifacts.consume('ReplayDetection', id)) return;
      throw isOfAssertion(id) ? new errors.InvalidClientAuth('used before') : replayedProof();
    },
  };
}

function replayedProof(): Error {
  return new errors.InvalidDpopProof('the DPoP proof was used before');
}

/** Whether an id is that of the request's client assertion (RFC 7523 §3): the library makes it of the issuer and the `jti`. */
function isOfAssertion(id: string): boolean {
  const assertion = textOf(Provider.ctx?.oidc.params?.client_assertion);
  if (assertion === undefined) return false;
  const { iss, jti } = decodeJwt(assertion);
  return id === hash('sha256', `${iss}${jti}`, 'base64url');
}
