/** The resource owner password credentials grant (RFC 6749 §4.3): legacy, for first-party clients only. */
import { isIP } from 'node:net';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { addRequestFacts } from 'shared/telemetry/request-context.ts';
import type { Apis } from '../../core/apis/apis.ts';
import type { SignIn } from '../../core/sign-in/sign-in.ts';
import { onlyApi, resourceServer, settleScope } from '../apis/resource-servers.ts';
import { tellingOutages } from '../library-outages.ts';
import { textOf } from '../parameters.ts';
import { proofOf } from '../tokens/dpop-binding.ts';

type AccessTokenProperties = ConstructorParameters<Provider['AccessToken']>[0];

interface PasswordParameters {
  username?: string;
  password?: string;
  scope?: string;
  resource?: string;
  end_user_address?: string;
}

/** Adds the grant to a provider. */
export function registerPasswordGrant(provider: Provider, signIn: SignIn, apis: Apis): void {
  provider.registerGrantType<PasswordParameters>(
    'password',
    async (ctx) => {
      const { client, params } = ctx.oidc;
      const { username, password } = params;
      if (username === undefined || password === undefined) {
        throw new errors.InvalidRequest('missing required parameter(s): username and password');
      }
      // RFC 6749 appendix A.15 and A.16.
      if ([username, password].some((text) => /[^\P{Cc}\t]/u.test(text))) {
        throw new errors.InvalidRequest('username and password must have no control characters');
      }
      const proof = await proofOf(ctx, provider);
      const api = onlyApi(ctx, client, apis);
      const info = resourceServer(api, client, 'user');
      settleScope(ctx, client, apis, [api]);

      addRequestFacts({ clientId: client.clientId });
      const result = await tellingOutages(signIn(username, password, addressOf(ctx)));
      if (!result.ok) {
        const description = 'the username or the password is refused';
        throw new errors.CustomOIDCProviderError('invalid_grant', description, { detail: result.refusal });
      }

      // The credentials are the grant: there is none to store, whatever the library's types ask for.
      const issued = { client, accountId: result.value.sub, gty: 'password', scope: params.scope };
      const token = new provider.AccessToken(issued as AccessTokenProperties);
      token.resourceServer = new provider.ResourceServer(api.resource, info);
      await proof?.bind(token);
      ctx.oidc.entity('AccessToken', token);

      ctx.body = {
        access_token: await token.save(),
        token_type: token.tokenType,
        expires_in: token.expiration,
        scope: token.scope,
      };
    },
    ['username', 'password', 'scope', 'resource', 'end_user_address'],
    // Several APIs are a wrong target, and not a wrong request (RFC 8707 §2).
    ['resource'],
  );
}

/**
 * Where the resource owner typed the password: at the address in `end_user_address`, a parameter of ours by which a client
 * hands on the address that its user has for it; else at the client's own. Guesses are counted by it, so it is believed
 * of first-party clients only, and of those only when nobody else can speak for them.
 *
 * @throws {errors.InvalidRequest} when it comes from another client, or is not one IP address
 */
function addressOf(ctx: KoaContextWithOIDC): string {
  const address = textOf(ctx.oidc.params?.end_user_address);
  if (address === undefined) return ctx.ip;
  const { client } = ctx.oidc;
  if (client?.first_party !== true || client.clientAuthMethod === 'none') {
    throw new errors.InvalidRequest('end_user_address is for first-party clients that authenticate');
  }
  // A zone (RFC 4007 §11) means nothing on another machine.
  if (isIP(address) === 0 || address.includes('%')) {
    throw new errors.InvalidRequest('end_user_address must be an IP address');
  }
  return address;
}
