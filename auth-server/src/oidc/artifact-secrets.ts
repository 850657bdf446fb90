/** What in an artifact would open something to whoever reads the database: its id, and some of its fields. */
import { hash } from 'node:crypto';
import type { Artifact } from '../core/grants/artifact-store.ts';
import { storable } from '../stores/postgres/text.ts';

/** The models whose ids are names that may be known. Any other id opens something to whoever has it. */
const NAMED = new Set(['Client', 'Grant']);

/** The fields that open something and are read again. */
const SECRETS: Record<string, string[]> = {
  Client: ['client_secret'],
  // Its id: found by the user code, it is stored again by the id.
  DeviceCode: ['jti'],
  // The ids of a device code, a pushed request and a session, and in the URL its own.
  Interaction: ['deviceCode', 'parJti', 'session', 'returnTo'],
  // The secret of its forms, which keeps other sites from posting them.
  Session: ['state'],
};

/** The id to store an artifact by: a hash, unless the id is a name. */
export function storedId(model: string, id: string): string {
  return NAMED.has(model) ? storable(id) : hash('sha256', id, 'base64url');
}

/** An artifact in two parts: what anyone may read who reads the database, and what nobody may, if there is any. */
export function partsOf(model: string, artifact: Artifact): { open: Artifact; secret: Artifact | undefined } {
  const secrets = SECRETS[model] ?? [];
  const { open = [], secret } = Object.groupBy(Object.entries(artifact), ([name]) =>
    secrets.includes(name) ? 'secret' : isOwnId(model, name) ? 'none' : 'open',
  );
  return { open: Object.fromEntries(open), secret: secret && Object.fromEntries(secret) };
}

/** An artifact that was found by its id, with the id. */
export function withOwnId(model: string, id: string, artifact: Artifact): Artifact {
  return isOwnId(model, 'jti') ? { ...artifact, jti: id } : artifact;
}

/** The library stores an artifact's id as its `jti` too, which must not undo the hash. */
function isOwnId(model: string, field: string): boolean {
  return field === 'jti' && !NAMED.has(model);
}
