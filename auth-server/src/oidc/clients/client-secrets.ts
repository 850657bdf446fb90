/**
 * Clients whose secrets are kept as hashes only. The library compares a secret with `Client.prototype.compareClientSecret`,
 * which it has for others to put their own in its place.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type ClientMetadata, errors, type Provider } from 'oidc-provider';
import { needsSecret } from '../../core/clients/client-administration.ts';
import {
  type ClientRegistration,
  type ClientStore,
  withoutGrant,
} from '../../core/clients/client-registration.ts';
import type { ClientRegistry, RegisteredClient } from '../../core/clients/client-registry.ts';

/** The member in which the library carries the hashes; nobody can register it. */
export const SECRET_HASHES = 'client_secret_hashes';

/**
 * What the library takes for the secret, which it insists on. Nobody knows it, so that nothing is accepted, signed or
 * encrypted with it.
 */
const PLACEHOLDER = randomBytes(32).toString('base64url');

/** Members that a client of a hashed secret cannot have since they need the secret itself, by what their values look like. */
const NEEDS_PLAIN_SECRET: [member: RegExp, value: RegExp][] = [
  [/^token_endpoint_auth_method$/, /^client_secret_jwt$/],
  [/_alg$/, /^(HS|A\d|dir$|PBES2)/],
];

/** A secret of 256 random bits, and the hash to keep of it. */
export function makeClientSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, hash: hashOf(secret) };
}

/**
 * The clients of a registry, as the library takes them.
 *
 * @param passwordGrant whether they may have the password grant, when they are registered for it
 */
export function clientsOf(registry: ClientRegistry, passwordGrant: boolean): ClientStore {
  return {
    async find(clientId) {
      const client = await registry.find(clientId);
      const registration = client && registrationOf(client);
      return registration && !passwordGrant ? withoutGrant('password', registration) : registration;
    },
  };
}

/** Whether the hashes in a client's metadata were put there by us. */
export function hashesAreOurs(metadata: { client_secret?: string | undefined }): boolean {
  return metadata.client_secret === PLACEHOLDER;
}

/** Makes a provider compare secrets with hashes, where a client has any. */
export function compareHashedSecrets(provider: Provider): void {
  const { prototype } = provider.Client;
  const comparePlain = prototype.compareClientSecret;
  prototype.compareClientSecret = function compareClientSecret(given) {
    const hashes = this[SECRET_HASHES] as string[] | undefined;
    return hashes === undefined ? comparePlain.call(this, given) : isOneOf(hashes, given);
  };
}

/**
 * What is wrong with a registration, as the library would say when the client is first used; undefined when nothing
 * is.
 */
export async function checkClientMetadata(
  provider: Provider,
  metadata: ClientRegistration,
): Promise<string | undefined> {
  const unusable = Object.entries(metadata).find(([member, value]) =>
    NEEDS_PLAIN_SECRET.some(
      ([name, form]) => name.test(member) && typeof value === 'string' && form.test(value),
    ),
  );
  if (unusable) return `${unusable[0]} ${unusable[1]} needs the client secret, of which only a hash is kept`;
  try {
    await provider.Client.validate(withSecretHashes(metadata, []) as ClientMetadata);
    return undefined;
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    return error.error_description ?? error.error;
  }
}

function registrationOf({ metadata, secrets }: RegisteredClient): ClientRegistration {
  return withSecretHashes(
    metadata,
    secrets.map(({ hash }) => hash),
  );
}

function withSecretHashes(metadata: ClientRegistration, hashes: string[]): ClientRegistration {
  if (!needsSecret(metadata)) return metadata;
  return { ...metadata, client_secret: PLACEHOLDER, [SECRET_HASHES]: hashes };
}

/** Looks at all of them, so that the time tells nothing. */
function isOneOf(hashes: string[], secret: string): boolean {
  const given = Buffer.from(hashOf(secret));
  return hashes.filter((known) => isSame(Buffer.from(known), given)).length > 0;
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function hashOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
