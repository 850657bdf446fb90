/** Makes the guards: that of this API, and one for each API that a proxy protects by asking here. */
import { createGuard, type Guard, type GuardOptions } from 'guard';
import { PROOF_ALGS } from 'guard/core/dpop-proof.ts';
import type { ProtectedResource } from 'shared/oauth/protected-resource-metadata.ts';
import type { Settings } from '../config.ts';
import { API_NAME, SCOPES } from '../http/endpoints.ts';
import type { ForwardedApi } from '../http/forward-auth.ts';

/** What the guards have in common: how they check tokens, and whom they tell of outages. */
export type Checks = Pick<GuardOptions, 'tokens' | 'onOutage' | 'rememberProof' | 'clock'>;

/** What the metadata says of this API. */
export function describedApi(settings: Settings): ProtectedResource {
  return { ...thisApi(settings), proofAlgs: PROOF_ALGS };
}

/** The guard of this API. */
export function ownGuard(settings: Settings, checks: Checks): Guard {
  return createGuard({ ...thisApi(settings), signIn: settings.STEP_UP ?? {}, ...checks });
}

/** The APIs behind proxies, each with its guard. */
export function forwardedApis({ FORWARD_AUTH, ISSUER }: Settings, checks: Checks): ForwardedApi[] {
  return FORWARD_AUTH.map((resource) => ({
    resource,
    // The proxy tells the whole path of each call, which begins at the origin of the API.
    guard: createGuard({ resource, issuer: ISSUER, baseUrl: new URL(resource).origin, ...checks }),
  }));
}

function thisApi({ RESOURCE, ISSUER }: Settings) {
  return { resource: RESOURCE, issuer: ISSUER, name: API_NAME, scopes: Object.keys(SCOPES) };
}
