/** The port to what oidc-provider stores: sessions, grants, codes and the like. JWT access tokens never come here. */
import { Unavailable } from 'shared/core/unavailable.ts';

/** What the library stores, opaque but for the fields that it looks records up by. */
export interface Artifact {
  grantId?: string | undefined;
  accountId?: string | undefined;
  clientId?: string | undefined;
  uid?: string | undefined;
  userCode?: string | undefined;
  consumed?: unknown;
  [field: string]: unknown;
}

/** The models that are looked up by their user. */
export type AccountModel = 'Grant' | 'Session' | 'Interaction';

/** There is no room for an artifact now. */
export class StoreFull extends Unavailable {
  override readonly name = 'StoreFull';
}

/** Keeps artifacts of each model (`Session`, `Grant`, …) until they expire. */
export interface ArtifactStore {
  /**
   * @param expiresIn in seconds; undefined for what does not expire
   * @throws {StoreFull} when there is no room; what was stored by this id stays
   */
  upsert(model: string, id: string, artifact: Artifact, expiresIn: number | undefined): Promise<void>;
  find(model: string, id: string): Promise<Artifact | undefined>;
  findByUid(model: string, uid: string): Promise<Artifact | undefined>;
  findByUserCode(model: string, userCode: string): Promise<Artifact | undefined>;
  /** The id of the newest grant of a user to a client. */
  findGrant(accountId: string, clientId: string): Promise<string | undefined>;
  /** All of a user, the newest first. */
  findByAccount(model: AccountModel, accountId: string): Promise<Artifact[]>;
  /** Marks a one-time artifact as used. Of any number of callers, one is told true: whoever came first. */
  consume(model: string, id: string): Promise<boolean>;
  destroy(model: string, id: string): Promise<void>;
  /** Destroys what has this `uid`, by whatever id. */
  destroyByUid(model: string, uid: string): Promise<void>;
  destroyByAccount(model: AccountModel, accountId: string): Promise<void>;
  revokeByGrantId(model: string, grantId: string): Promise<void>;
}
