/** The use cases of APIs: administrators define some, and see those of the settings. */
import type { Result } from 'shared/core/result.ts';
import type { ClientStore } from '../clients/client-registration.ts';
import type { ArtifactStore } from '../grants/artifact-store.ts';
import type { GoneScopes } from '../grants/forgotten-scopes.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { ApiOrigin } from './api.ts';
import { type ApiDefinition, apiDefinition } from './api-definition.ts';
import type { ApiChangeRefusal, ApiRegistry, RegisteredApi } from './api-registry.ts';
import { type Apis, normalised } from './apis.ts';
import { mergePatched } from './merge-patch.ts';
import { namedClients } from './named-clients.ts';
import { definitionOf } from './shown-definitions.ts';

/** How many APIs administrators may define: every replica reads all of them when one has changed. */
const MAX_APIS = 1_000;

/** An API as administrators see it. */
export interface AdministeredApi {
  id: string;
  definition: ApiDefinition;
  origin: ApiOrigin;
  /** When it was defined and changed; undefined for an API of the settings, whose version is 0. */
  createdAt?: Date;
  updatedAt?: Date;
  version: number;
}

/** A definition that is not valid, with all its faults. */
export interface InvalidApi {
  reason: 'invalid_api';
  faults: { path: PropertyKey[]; message: string }[];
}

/**
 * Why an API was not changed, besides what {@link ApiChangeRefusal} says:
 * - `api_taken`: there is an API with this identifier
 * - `too_many_apis`: there are as many as there may be
 * - `of_settings`: it comes from the settings, and only the operator can change it there
 */
export type ApiRefusal = ApiChangeRefusal | 'api_taken' | 'too_many_apis' | 'of_settings' | InvalidApi;

/** What the use cases need. */
export interface ApiAdministrationDependencies {
  registry: ApiRegistry;
  /** The APIs that are in force, wherever they were defined. */
  current(): Apis;
  /** All clients, since a definition can name no others. */
  clients: ClientStore;
  artifacts: Pick<ArtifactStore, 'forgetScopes'>;
  unitOfWork: UnitOfWork;
  /** Puts changes into force here at once. It does not fail: what cannot be seen now is seen a little later. */
  look(): Promise<void>;
  /** The id of an API, from its identifier in the one form that all spellings have. */
  idOf(url: string): string;
}

/** The use cases. What goes, users have not allowed any more, also if it comes back. */
export function apiAdministration({
  registry,
  current,
  clients,
  artifacts,
  unitOfWork,
  look,
  idOf,
}: ApiAdministrationDependencies) {
  return {
    /** Up to `limit` APIs in the order of their identifiers: those after an identifier, or the first ones. */
    async list(after: string | undefined, limit: number): Promise<AdministeredApi[]> {
      const ofSettings = apisOfSettings();
      const taken = new Set(ofSettings.map(({ id }) => id));
      const defined = (await registry.all()).filter(({ id }) => !taken.has(id)).map(administered);
      return [...ofSettings, ...defined]
        .filter(({ definition: { resource } }) => after === undefined || resource > after)
        .sort((a, b) => (a.definition.resource < b.definition.resource ? -1 : 1))
        .slice(0, limit);
    },

    async find(id: string): Promise<AdministeredApi | undefined> {
      const ofSettings = apiOfSettings(id);
      if (ofSettings !== undefined) return ofSettings;
      const known = await registry.find(id);
      return known && administered(known);
    },

    async create(definition: ApiDefinition): Promise<Result<AdministeredApi, ApiRefusal>> {
      const id = idOf(normalised(definition.resource));
      if (apiOfSettings(id) !== undefined) return { ok: false, refusal: 'api_taken' };
      const faults = await unknownClients(definition);
      if (faults.length > 0) return { ok: false, refusal: { reason: 'invalid_api', faults } };
      if ((await registry.all()).length >= MAX_APIS) return { ok: false, refusal: 'too_many_apis' };
      const created = await registry.create({ id, definition });
      if (!created.ok) return { ok: false, refusal: 'api_taken' };
      await look();
      return { ok: true, value: administered(created.value) };
    },

    /** @param patch members to set, or to remove where they are null (RFC 7396) */
    async change(
      id: string,
      version: number,
      patch: Record<string, unknown>,
    ): Promise<Result<AdministeredApi, ApiRefusal>> {
      const known = await changeable(id, version);
      if (!known.ok) return known;
      const before = known.value.definition;
      const checked = await checkedDefinition(mergePatched(before, patch), before.resource);
      if (!checked.ok) return checked;
      const after = checked.value;
      const gone = Object.keys(before.scopes).filter((scope) => !Object.hasOwn(after.scopes, scope));
      const changed = await forgetting(
        gone.length > 0 ? [{ resource: before.resource, scopes: gone }] : [],
        () => registry.update(id, version, after),
      );
      if (!changed.ok) return changed;
      await look();
      return { ok: true, value: administered(changed.value) };
    },

    /** @returns the definition of the API that is no more */
    async delete(id: string, version: number): Promise<Result<ApiDefinition, ApiRefusal>> {
      const known = await changeable(id, version);
      if (!known.ok) return known;
      const { definition } = known.value;
      const deleted = await forgetting([{ resource: definition.resource, scopes: 'all' }], () =>
        registry.delete(id, version),
      );
      if (!deleted.ok) return deleted;
      await look();
      return { ok: true, value: definition };
    },
  };

  /**
   * Makes a change, and forgets what goes with it. Most of that is forgotten before, step by step, since so many users may have
   * allowed it that it cannot be done at once. Together with the change only the rest is, which users have allowed meanwhile.
   */
  async function forgetting<T>(
    gone: GoneScopes[],
    change: () => Promise<Result<T, ApiChangeRefusal>>,
  ): Promise<Result<T, ApiChangeRefusal>> {
    if (gone.length > 0) await artifacts.forgetScopes(gone);
    return unitOfWork(async () => {
      const changed = await change();
      if (changed.ok && gone.length > 0) await artifacts.forgetScopes(gone);
      return changed;
    });
  }

  async function changeable(id: string, version: number): Promise<Result<RegisteredApi, ApiRefusal>> {
    if (apiOfSettings(id) !== undefined) return { ok: false, refusal: 'of_settings' };
    const known = await registry.find(id);
    if (known?.version !== version) return { ok: false, refusal: known ? 'stale' : 'unknown' };
    return { ok: true, value: known };
  }

  async function checkedDefinition(
    given: unknown,
    resource: string,
  ): Promise<Result<ApiDefinition, InvalidApi>> {
    const { data, error } = apiDefinition.safeParse(given);
    const faults: InvalidApi['faults'] =
      data === undefined ? (error?.issues ?? []) : await unknownClients(data);
    if (data !== undefined && data.resource !== resource)
      faults.push({ path: ['resource'], message: 'cannot be changed' });
    return data === undefined || faults.length > 0
      ? { ok: false, refusal: { reason: 'invalid_api', faults } }
      : { ok: true, value: data };
  }

  async function unknownClients(definition: ApiDefinition): Promise<InvalidApi['faults']> {
    const named = namedClients(definition);
    const unknown = new Set<string>();
    // One after the other: a definition may name many, and a request is to need one connection.
    for (const id of new Set(named.map((client) => client.id)))
      if ((await clients.find(id)) === undefined) unknown.add(id);
    return named
      .filter(({ id }) => unknown.has(id))
      .map(({ path }) => ({ path, message: 'is not a client' }));
  }

  function apisOfSettings(): AdministeredApi[] {
    return current()
      .all.filter(({ origin }) => origin !== 'registry')
      .map((api) => ({
        id: idOf(normalised(api.resource)),
        definition: definitionOf(api),
        origin: api.origin,
        version: 0,
      }));
  }

  function apiOfSettings(id: string): AdministeredApi | undefined {
    return apisOfSettings().find((api) => api.id === id);
  }
}

function administered({ id, definition, createdAt, updatedAt, version }: RegisteredApi): AdministeredApi {
  return { id, definition, origin: 'registry', createdAt, updatedAt, version };
}
