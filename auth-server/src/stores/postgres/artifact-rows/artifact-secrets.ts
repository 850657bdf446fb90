/** Keeps the secrets of artifacts from readers of the database: their ids, and some of their fields. */
import { hash } from 'node:crypto';
import type { Artifact, ArtifactModels } from '../../../core/grants/artifact-store.ts';
import { storable } from '../text.ts';

/** How to store artifacts of these models without giving their secrets away. */
export function artifactSecrets(models: ArtifactModels) {
  return { storedId, partsOf, withOwnId };

  /** The id to store an artifact under: its hash, unless the id is a name and so no secret. */
  function storedId(model: string, id: string): string {
    return models[model]?.hasNames ? storable(id) : hash('sha256', id, 'base64url');
  }

  /** Splits an artifact into what a reader of the database may see, and its secrets, if it has any. */
  function partsOf(model: string, artifact: Artifact): { open: Artifact; secret: Artifact | undefined } {
    const secrets = models[model]?.secrets ?? [];
    const { open = [], secret } = Object.groupBy(Object.entries(artifact), ([name]) =>
      secrets.includes(name) ? 'secret' : isSecretId(model, name) ? 'none' : 'open',
    );
    return { open: Object.fromEntries(open), secret: secret && Object.fromEntries(secret) };
  }

  /** Gives an artifact that was found by its id that id back. */
  function withOwnId(model: string, id: string, artifact: Artifact): Artifact {
    return isSecretId(model, 'jti') ? { ...artifact, jti: id } : artifact;
  }

  /** Whether a field is the artifact's own id, which must not be stored beside its hash. */
  function isSecretId(model: string, field: string): boolean {
    return field === 'jti' && !models[model]?.hasNames;
  }
}
