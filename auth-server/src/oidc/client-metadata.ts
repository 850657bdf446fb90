/** The members of client metadata that are this system's own, checked when a client is registered. */
import { type Configuration, errors, type Provider } from 'oidc-provider';
import { StartupFault } from 'shared/startup-fault.ts';

export const clientMetadata: Configuration['extraClientMetadata'] = {
  properties: ['first_party', 'resource'],
  validator(_ctx, key, value, metadata) {
    if (key === 'first_party') {
      if (value !== undefined && typeof value !== 'boolean') invalid('first_party must be true or false');
      if (metadata.grant_types?.includes('password') && value !== true) {
        invalid('the password grant is for clients with first_party: true only');
      }
    }
    if (key === 'resource' && value !== undefined && !(typeof value === 'string' && URL.canParse(value))) {
      invalid('resource must be an absolute URI');
    }
  },
};

function invalid(description: string): never {
  throw new errors.InvalidClientMetadata(description);
}

/**
 * Loads every client once, so that a registration that cannot work is known at start.
 *
 * @throws {StartupFault} naming each
 */
export async function checkClients(provider: Provider, clientIds: string[]): Promise<void> {
  const twice = clientIds.filter((id, index) => clientIds.indexOf(id) !== index);
  const faults = twice.map((id) => `CLIENTS_FILE: client ${id} is registered twice`);
  for (const id of clientIds) {
    try {
      await provider.Client.find(id);
    } catch (error) {
      if (!(error instanceof errors.InvalidClientMetadata)) throw error;
      faults.push(`CLIENTS_FILE: client ${id}: ${error.error_description}`);
    }
  }
  if (faults.length > 0) throw new StartupFault(faults);
}
