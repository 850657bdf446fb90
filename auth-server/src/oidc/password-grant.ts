/** The resource owner password credentials grant (RFC 6749 §4.3): legacy, for first-party clients only. */
import { errors, type Provider } from 'oidc-provider';
import type { UserDirectory } from '../core/user-directory.ts';
import { type Api, resourceServer, settleScope } from './resource-servers.ts';

type AccessTokenProperties = ConstructorParameters<Provider['AccessToken']>[0];

interface PasswordParameters {
  username?: string;
  password?: string;
  scope?: string;
  resource?: string;
}

/** Adds the grant to a provider. */
export function registerPasswordGrant(provider: Provider, users: UserDirectory, api: Api): void {
  provider.registerGrantType<PasswordParameters>(
    'password',
    async (ctx) => {
      const { client, params } = ctx.oidc;
      const { username, password } = params;
      if (username === undefined || password === undefined) {
        throw new errors.InvalidRequest('missing required parameter(s): username and password');
      }
      const resource = params.resource ?? api.resource;
      const info = resourceServer(resource, api);
      settleScope(ctx);

      const user = await users.authenticate(username, password);
      if (user === undefined) throw refused('the user directory refused the credentials');
      // RFC 9068 §5: a user whose `sub` is a client's id could pass for the client.
      if (await provider.Client.find(user.sub)) throw refused('the username is a client id');

      // The credentials are the grant: there is none to store, whatever the library's types ask for.
      const issued = { client, accountId: user.sub, gty: 'password', scope: params.scope };
      const token = new provider.AccessToken(issued as AccessTokenProperties);
      token.resourceServer = new provider.ResourceServer(resource, info);
      ctx.oidc.entity('AccessToken', token);

      ctx.body = {
        access_token: await token.save(),
        token_type: token.tokenType,
        expires_in: token.expiration,
        scope: token.scope,
      };
    },
    ['username', 'password', 'scope', 'resource'],
  );
}

/** One text for every refusal: which part of the credentials was wrong is for the log. */
function refused(detail: string): Error {
  const description = 'the username or the password is refused';
  return new errors.CustomOIDCProviderError('invalid_grant', description, { detail });
}
