/** The APIs that are in force, which administrators may change at any replica. */
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { outsideRequests } from 'shared/telemetry/request-context.ts';
import type { Settings } from '../config.ts';
import type { Apis } from '../core/apis/apis.ts';
import { followApis } from '../oidc/apis/follow-apis.ts';
import type { Stores } from '../stores/stores.ts';
import type { LiveIssuer } from './live-issuer.ts';

/** The APIs of a running auth server. */
export interface LiveApis {
  /** Those in force, whichever request asks. */
  inForce(): Apis;
  /** Puts a change of the registry into use at once, where it was made. Other replicas see it within a second. */
  look(): Promise<void>;
  /** Puts the APIs into use, and from then on every change, whichever replica made it. */
  follow(): Promise<void>;
}

/** The APIs of the settings, and those of the registry. */
export function liveApis(
  { stopping, log }: ServiceDependencies<Settings>,
  stores: Stores,
  issuer: LiveIssuer,
): LiveApis {
  // Until APIs are followed, there is nothing that a change could replace.
  let look = async () => {};
  return {
    inForce: issuer.apis,
    // The APIs are changed, whether or not this replica learns of it at once. It looks again in a moment.
    look: () =>
      look().catch((err) =>
        log.warn({ event: 'apis.unknown', err }, 'the APIs of the registry cannot be read'),
      ),
    async follow() {
      const lookNow = await followApis(
        stores.apis,
        (registered) => issuer.change({ registered }),
        stopping,
        log,
      );
      // The provider that is built serves every request, and not only the one that changed an API.
      look = () => outsideRequests(lookNow);
    },
  };
}
