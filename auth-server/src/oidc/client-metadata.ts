/** The members of client metadata that are this system's own, checked when a client is registered. */
import { type Configuration, errors } from 'oidc-provider';

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
