/** What this system asks of client metadata beyond the library, whoever registers a client: a file, an administrator or itself. */
import { type Configuration, errors, type Provider } from 'oidc-provider';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { ACCESS_TOKEN_TTLS } from '../../core/apis/api.ts';
import { DOCUMENT_MARK, FROM_DOCUMENT } from '../../core/clients/claimed-client.ts';
import { nameFaults } from '../../core/clients/client-names.ts';
import { uriFaults } from '../../core/clients/client-uris.ts';
import { optionalScopesFault } from '../../core/clients/optional-scopes.ts';
import { becomeStranger } from '../../core/clients/stranger-registrations.ts';
import { missingIdentityFault, workloadIdentitiesFault } from '../../core/workloads/workload-identity.ts';
import { isStranger } from '../stranger-requests.ts';
import { CLAIMS_IN_ID_TOKEN } from '../users/id-token-claims.ts';
import { hashesAreOurs, SECRET_HASHES } from './client-secrets.ts';

const flags = ['first_party', 'admin', 'require_pkce', 'always_issue_refresh_token', CLAIMS_IN_ID_TOKEN];

/** What users may leave out, which anybody may let them. */
const OPTIONAL_SCOPES = 'optional_scopes';

/** Whose JWTs get tokens of the client. */
const WORKLOADS = 'workload_identities';

/** The library's setting: the members that it would not know, and what is wrong with their values. */
export const clientMetadata: Configuration['extraClientMetadata'] = {
  properties: [
    ...flags,
    'resource',
    'access_token_ttl',
    OPTIONAL_SCOPES,
    WORKLOADS,
    SECRET_HASHES,
    FROM_DOCUMENT,
  ],
  validator(ctx, key, _value, metadata) {
    // The library asks once for each property, so one of them stands for the metadata as a whole.
    if (key === 'first_party' && isStranger(ctx)) {
      const fault = becomeStranger(metadata, ctx?.oidc.body ?? {});
      if (fault !== undefined) invalid(fault);
    }
    const value: unknown = metadata[key];
    if (key === 'first_party') checkTexts(metadata);
    if (value === undefined && key !== 'first_party') return;
    if (key === OPTIONAL_SCOPES) return mustBe(key, optionalScopesFault(value));
    // Only the operator says what a client is trusted with; a client that registers itself does not.
    if (value !== undefined && ctx !== undefined) invalid(`${key} cannot be registered`);
    if (key === FROM_DOCUMENT && value !== DOCUMENT_MARK) invalid(`${key} cannot be registered`);
    if (key === SECRET_HASHES && !hashesAreOurs(metadata)) invalid(`${key} cannot be registered`);
    if (flags.includes(key) && value !== undefined && typeof value !== 'boolean') {
      invalid(`${key} must be true or false`);
    }
    if (key === WORKLOADS) mustBe(key, workloadIdentitiesFault(value));
    if (key === 'first_party') mustBe(undefined, missingIdentityFault(metadata));
    if (key === 'first_party' && metadata.grant_types?.includes('password') && value !== true) {
      invalid('the password grant is for clients with first_party: true only');
    }
    if (key === 'access_token_ttl' && !isLifetime(value))
      invalid(`access_token_ttl must be ${ACCESS_TOKEN_TTLS.least} to ${ACCESS_TOKEN_TTLS.most} seconds`);
    if (key === 'resource' && typeof value !== 'string') invalid('resource must be an absolute URI');
  },
};

function isLifetime(value: unknown): boolean {
  const { least, most } = ACCESS_TOKEN_TTLS;
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** The library's error is `invalid_redirect_uri` where the first fault is of `redirect_uris` (RFC 7591 §3.2.2). */
function checkTexts(metadata: Record<string, unknown>): void {
  const faults = [...uriFaults(metadata), ...nameFaults(metadata)];
  if (faults.length > 0) invalid(faults.join('; '));
}

function mustBe(member: string | undefined, fault: string | undefined): void {
  if (fault !== undefined) invalid(member === undefined ? fault : `${member} ${fault}`);
}

function invalid(description: string): never {
  throw new errors.InvalidClientMetadata(description);
}

/**
 * Loads every client once, so that a registration that cannot work is known at start.
 *
 * @param registered the clients' ids, each with the setting that it comes from
 * @throws {StartupFault} naming each
 */
export async function checkClients(
  provider: Provider,
  registered: { id: string; setting: string }[],
): Promise<void> {
  const faults: string[] = [];
  // Of two with one id the later is registered, and its setting is the one to mend.
  for (const [id, setting] of new Map(registered.map((client) => [client.id, client.setting]))) {
    const named = `${setting}: client ${id}`;
    const settings = registered.filter((client) => client.id === id).map((client) => client.setting);
    if (settings.length > 1) {
      const others = settings.filter((other) => other !== setting);
      faults.push(
        `${named} is registered twice${others.length > 0 ? `, by ${others.join(' and ')} too` : ''}`,
      );
    }
    try {
      await provider.Client.find(id);
    } catch (error) {
      if (!(error instanceof errors.InvalidClientMetadata)) throw error;
      faults.push(`${named}: ${withHint(error.error_description)}`);
    }
  }
  if (faults.length > 0) throw new StartupFault(faults);
}

/** The library does not say that a client without redirect URIs has to be registered without response types (RFC 7591 §2). */
function withHint(description: string | undefined): string | undefined {
  return description === 'redirect_uris must contain members'
    ? `${description}, unless response_types is []`
    : description;
}
