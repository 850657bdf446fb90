/** The port to what oidc-provider stores: sessions, grants, codes and the like. JWT access tokens never come here. */

/** What the library stores, opaque but for the fields that it looks records up by. */
export interface Artifact {
  grantId?: string | undefined;
  uid?: string | undefined;
  userCode?: string | undefined;
  consumed?: unknown;
  [field: string]: unknown;
}

/** Keeps artifacts of each model (`Session`, `Grant`, …) until they expire. */
export interface ArtifactStore {
  /** @param expiresIn in seconds; undefined for what does not expire */
  upsert(model: string, id: string, artifact: Artifact, expiresIn: number | undefined): Promise<void>;
  find(model: string, id: string): Promise<Artifact | undefined>;
  findByUid(model: string, uid: string): Promise<Artifact | undefined>;
  findByUserCode(model: string, userCode: string): Promise<Artifact | undefined>;
  /** Marks a one-time artifact as used. */
  consume(model: string, id: string): Promise<void>;
  destroy(model: string, id: string): Promise<void>;
  revokeByGrantId(model: string, grantId: string): Promise<void>;
}
