/** The issuer in force: what it is built from that changes while the service runs, and the one place where it is built again. */
import type { Provider } from 'oidc-provider';
import { StartupFault } from 'shared/config/startup-fault.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Settings } from '../config.ts';
import type { RegisteredApi } from '../core/apis/api-registry.ts';
import { type Apis, indexedApis } from '../core/apis/apis.ts';
import { goneScopes } from '../core/apis/gone-scopes.ts';
import { apisInForce } from './apis-in-force.ts';
import type { CurrentProvider } from './current-provider.ts';
import { faultsOfFiles } from './faults-of-files.ts';
import { type IssuerDependencies, issuerProvider } from './issuer-provider.ts';
import type { LiveKeys } from './live-keys.ts';
import { type ClientOfSettings, clientsOfSettings } from './registered-clients.ts';

/** The files that are read again while the service runs. */
export type Files = Pick<Settings, 'APIS_FILE' | 'CLIENTS_FILE'>;

/** What the issuer is built from. The keys are asked for at each build. */
interface Parts {
  files: Files;
  /** The APIs of the registry. */
  registered: readonly RegisteredApi[];
}

/** The issuer in force. */
export interface LiveIssuer {
  /** The APIs; none until the issuer is built. */
  apis(): Apis;
  /** The stages of the keys; undefined until the issuer is built. */
  keyStages(): string | undefined;
  /**
   * Builds the issuer with these parts in the place of those in force, and with the keys that are published now. Builds
   * follow one another, so that none replaces a later one. One that fails changes nothing.
   *
   * @throws {StartupFault} that names each fault of the settings
   */
  change(parts?: Partial<Parts>): Promise<void>;
}

/** Nothing is in force until the first change. */
export function liveIssuer(
  dependencies: ServiceDependencies<Settings>,
  issuer: IssuerDependencies,
  keys: () => LiveKeys,
  provider: CurrentProvider,
): LiveIssuer {
  const { settings, log } = dependencies;
  let parts: Parts = { files: settings, registered: [] };
  let inForce: { apis: Apis; keyStages: string } | undefined;
  let last: Promise<void> = Promise.resolve();

  return {
    apis: () => inForce?.apis ?? indexedApis([]),
    keyStages: () => inForce?.keyStages,
    change(changed = {}) {
      const turn = last.then(() => build({ ...parts, ...changed }));
      last = turn.catch(() => {});
      return turn;
    },
  };

  async function build(next: Parts): Promise<void> {
    const ofNext = { ...settings, APIS_FILE: next.files.APIS_FILE, CLIENTS_FILE: next.files.CLIENTS_FILE };
    const clients = clientsOfSettings(ofNext);
    const apis = apisInForce(ofNext, clients, next.registered);
    // Later an administrator may delete what a file names, which must not keep other changes from being made.
    const areFilesNew = inForce === undefined || next.files !== parts.files;
    const { faults, warnings } = areFilesNew
      ? await faultsOfFiles(ofNext, clients, apis, issuer.stores.clients)
      : { faults: [], warnings: [] };
    const built = await tolerant(() => providerOf(apis, clients), faults);
    if (built === undefined || faults.length > 0) throw new StartupFault(faults);
    for (const warning of warnings) log.warn({ event: 'settings.questionable' }, warning);
    // While the old issuer still answers: if it fails, nothing has changed, and the operator may try again.
    if (areFilesNew && inForce) await forget(inForce.apis, apis);
    issuer.clients.replaceThoseOfSettings(clients);
    provider.replace(built.provider);
    parts = next;
    inForce = { apis, keyStages: built.keyStages };
  }

  async function providerOf(
    apis: Apis,
    clients: ClientOfSettings[],
  ): Promise<{ provider: Provider; keyStages: string }> {
    const { signing, stages } = await keys().keysFor(apis);
    const provider = await issuerProvider(dependencies, issuer, { keys: signing, apis, clients });
    return { provider, keyStages: stages };
  }

  /** What users allowed clients at the APIs of a file ends with the API, and is not back when the API is. */
  async function forget(before: Apis, after: Apis): Promise<void> {
    const ofFile = before.all.filter(({ origin }) => origin === 'file');
    const gone = goneScopes(ofFile, after);
    if (gone.length > 0) await issuer.stores.artifacts.forgetScopes(gone);
  }
}

/** Adds the faults of the settings to those that are known, so that all are told at once. */
async function tolerant<T>(work: () => Promise<T>, faults: string[]): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StartupFault)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}
