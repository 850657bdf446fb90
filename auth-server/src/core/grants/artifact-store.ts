/** The port to what the protocol keeps: sessions, grants, codes and the like. JWT access tokens never come here. */
import { Unavailable } from 'shared/core/unavailable.ts';
import type { GoneScopes } from './forgotten-scopes.ts';

/** A record, opaque but for the fields that it is looked up by. */
export interface Artifact {
  /** The id that it is stored by. */
  jti?: string | undefined;
  grantId?: string | undefined;
  accountId?: string | undefined;
  clientId?: string | undefined;
  uid?: string | undefined;
  userCode?: string | undefined;
  /** When it was consumed, in seconds since the epoch; only where it was. */
  consumed?: unknown;
  /** How long ago that was, in seconds and by the clock of the store. */
  consumedAgo?: unknown;
  [field: string]: unknown;
}

/** Whom a record is counted for, where there is only so much room. */
export interface Holder {
  /** Each of these has room of its own. `newcomers` are clients that registered themselves, and who registers them. */
  of: 'strangers' | 'newcomers' | 'clients' | 'users';
  /** Tells apart holders of one kind. Whoever takes much room crowds out their own records, and nobody else's. */
  name: string;
}

/** What a store has to know of the records of one model. */
export interface ArtifactModel {
  /**
   * Whom a record is counted for, asked while it is stored. A record that is stored again stays with its holder, unless it has
   * become a user's.
   */
  holder: (artifact: Artifact) => Holder;
  /** Its ids are names, which anyone may know. The id of any other model opens something to whoever knows it. */
  hasNames?: boolean;
  /** The fields that open something to whoever knows them, and are read again. */
  secrets?: readonly string[];
  /** Its records are also looked up by their user, and by their user and client. */
  byAccount?: boolean;
  /** Its records say what a user has allowed: scopes by the identifiers of their APIs, in `resources` and in `rejected.resources`. */
  allows?: boolean;
  /** When a store without room may not drop a record before it expires, since that would bring back what the record ends. */
  mustLast?: 'always' | 'once used';
  /** Its records are kept whatever becomes of the request that stores them, and before anything else of it is. */
  ofNoUnit?: boolean;
  /** How many of its records one user may have; of more, the oldest goes. The model is one that is looked up by account. */
  mostOfAccount?: number;
  /** How many of its records may have the same `grantId`; of more, the oldest goes. */
  mostOfGrant?: number;
  /** How many of its records there may be; of more, the oldest goes that was not used, and where all were, there is no room. */
  mostInAll?: number;
}

/** The models that have something to know of, by name. */
export type ArtifactModels = Readonly<Record<string, ArtifactModel>>;

/** An artifact that is to be stored with others. */
export interface NewArtifact {
  id: string;
  artifact: Artifact;
  /** In seconds. */
  expiresIn: number;
}

/** Artifacts of a model that are to be destroyed: the one of an id, or all that have this `uid`, user or grant. */
export type Doomed = { model: string } & (
  | { id: string }
  | { uid: string }
  | { accountId: string }
  | { grantId: string }
);

/** There is no room for an artifact now, and none can be made. */
export class StoreFull extends Unavailable {
  override readonly name = 'StoreFull';
}

/** Keeps artifacts of each model, such as sessions or grants, until they expire. */
export interface ArtifactStore {
  /**
   * @param expiresIn in seconds; undefined for what does not expire
   * @throws {StoreFull} when there is no room; what was stored by this id stays
   */
  upsert(model: string, id: string, artifact: Artifact, expiresIn: number | undefined): Promise<void>;
  /** Stores any number of artifacts in the time of one. */
  upsertAll(model: string, artifacts: NewArtifact[]): Promise<void>;
  find(model: string, id: string): Promise<Artifact | undefined>;
  findByUid(model: string, uid: string): Promise<Artifact | undefined>;
  findByUserCode(model: string, userCode: string): Promise<Artifact | undefined>;
  /** The newest of a user and a client. The model is one that is looked up by account. */
  findByClient(model: string, accountId: string, clientId: string): Promise<Artifact | undefined>;
  /** All of a user, the newest first. The model is one that is looked up by account. */
  findByAccount(model: string, accountId: string): Promise<Artifact[]>;
  /** Marks a one-time artifact as used. Of any number of callers, one is told true: whoever came first. */
  consume(model: string, id: string): Promise<boolean>;
  /**
   * Marks an artifact as used, and lets it live for so long from now; where it would for almost as long, by a day, nothing is
   * written. In a unit of work it is done at the end.
   *
   * @param expiresIn in seconds; more than a day
   */
  renew(model: string, id: string, expiresIn: number): Promise<void>;
  destroy(model: string, id: string): Promise<void>;
  revokeByGrantId(model: string, grantId: string): Promise<void>;
  /**
   * Destroys any number of artifacts in the time of one, always in one order: whoever destroys some of the same at once
   * does not get in the way. In a unit of work it is done at the end, so that nothing has to wait for the rest of it.
   */
  destroyAll(doomed: Doomed[]): Promise<void>;
  /**
   * Takes scopes that are no more out of the records of what users have allowed, so that nothing is left of them if they are
   * defined again. In a unit of work it is done at the end; otherwise step by step, and what is done stays done when it fails.
   */
  forgetScopes(gone: GoneScopes[]): Promise<void>;
}
