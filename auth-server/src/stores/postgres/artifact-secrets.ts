/** What in an artifact would open something to whoever reads the database: its id, and some of its fields. */
import { hash } from 'node:crypto';
import type { Artifact, ArtifactModels } from '../../core/grants/artifact-store.ts';
import { storable } from './text.ts';

/** How artifacts of these models are stored without giving their secrets away. */
export function artifactSecrets(models: ArtifactModels) {
  return { storedId, partsOf, withOwnId };

  /** The id to store an artifact by: a hash, unless the id is a name. */
  function storedId(model: string, id: string): string {
    return models[model]?.hasNames ? storable(id) : hash('sha256', id, 'base64url');
  }

  /** An artifact in two parts: what anyone may read who reads the database, and what nobody may, if there is any. */
  function partsOf(model: string, artifact: Artifact): { open: Artifact; secret: Artifact | undefined } {
    const secrets = models[model]?.secrets ?? [];
    const { open = [], secret } = Object.groupBy(Object.entries(artifact), ([name]) =>
      secrets.includes(name) ? 'secret' : isSecretId(model, name) ? 'none' : 'open',
    );
    return { open: Object.fromEntries(open), secret: secret && Object.fromEntries(secret) };
  }

  /** An artifact that was found by its id, with the id. */
  function withOwnId(model: string, id: string, artifact: Artifact): Artifact {
    return isSecretId(model, 'jti') ? { ...artifact, jti: id } : artifact;
  }

  /** The artifact's own id among its fields, which must not undo the hash. */
  function isSecretId(model: string, field: string): boolean {
    return field === 'jti' && !models[model]?.hasNames;
  }
}
