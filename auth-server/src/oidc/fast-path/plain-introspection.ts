/** Answers the introspections that APIs send all the time (RFC 7662) without the library, at half the cost. */
import { parse } from 'node:querystring';
import type { Context, Middleware } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import { Unavailable } from 'shared/core/unavailable.ts';
import { bodyOf } from 'shared/http/body-limit.ts';
import { addRequestFacts } from 'shared/telemetry/request-context.ts';
import type { Apis } from '../../core/apis/apis.ts';
import type { SecretThrottle } from '../../core/throttle/secret-throttle.ts';
import { maySee } from '../tokens/introspection-policy.ts';
import type { AccessTokenClaims, JwtAccessTokens } from '../tokens/jwt-access-tokens.ts';

type Client = InstanceType<Provider['Client']>;

/** The client that asks, and the claims of the token, which it may see. */
interface Found {
  caller: Client;
  claims: AccessTokenClaims;
}

/** The parameters of a plain form. Any other might be another way to authenticate. */
const PARAMETERS = new Set(['token', 'token_type_hint']);

/** The library accepts a secret in the header from clients of both methods. */
const SECRET_METHODS = new Set(['client_secret_basic', 'client_secret_post']);

/** Headers that are another way to authenticate than HTTP Basic, or make the answer depend on who reads it. */
const SPECIAL_HEADERS = ['oauth-client-attestation', 'oauth-client-attestation-pop', 'origin'];

/** An `Accept` header that may ask for another form of answer (RFC 9701), by its name or with a weight. */
const SPECIAL_ACCEPT = /introspection|;/i;

/** HTTP Basic (RFC 7617), with or without padding, and credentials in it that need no decoding (RFC 6749 §2.3.1). */
const BASIC = /^Basic ((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?)$/i;
const CREDENTIALS = /^([\x20-\x24\x26-\x2a\x2c-\x39\x3b-\x7e]+):([\x20-\x24\x26-\x2a\x2c-\x7e]+)$/;

/**
 * Answers an introspection at `path` if nothing about it is special: a client that authenticates by HTTP Basic asks about
 * an active JWT, which the client may see and which belongs to no stored grant. Everything else, including each refusal, is
 * left to the library.
 *
 * So each wrong secret takes the library's way, on which it is counted. The first right secret from an address does, too:
 * only there is it known whether secrets from that address are still looked at.
 */
export function introspectPlainly(
  path: string,
  provider: Pick<Provider, 'Client'>,
  jwts: Pick<JwtAccessTokens, 'verify'>,
  secrets: Pick<SecretThrottle, 'isKnown'>,
  apis: Apis,
): Middleware {
  return async function introspectPlainlyMiddleware(ctx, next) {
    const token = ctx.path === path ? plainToken(ctx) : undefined;
    const found = token === undefined ? undefined : await find(ctx, token);
    if (found === undefined) return next();

    const { caller, claims } = found;
    addRequestFacts({
      clientId: caller.clientId,
      ...(claims.sub !== claims.client_id && { user: claims.sub }),
    });
    ctx.state.route = 'introspection';
    ctx.body = { active: true, ...claims, token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP' };
  };

  /** The client and the claims; undefined when the library has to answer. */
  async function find(ctx: Context, token: string): Promise<Found | undefined> {
    try {
      // The client is authenticated first, because nobody else may make us verify a token.
      const caller = await authenticated(ctx);
      const claims = caller && (await jwts.verify(token));
      if (!caller || !claims || claims.grant_id !== undefined) return undefined;
      const { client_id: clientId, aud } = claims;
      return maySee(ctx, caller, { clientId, audience: [aud] }, apis) ? { caller, claims } : undefined;
    } catch (error) {
      // The library will meet an outage or a registration that cannot be used again, and has an answer for it.
      if (error instanceof errors.OIDCProviderError || error instanceof Unavailable) return undefined;
      throw error;
    }
  }

  /** The client, if it authenticates with a secret and has sent the right one. */
  async function authenticated({ req, ip }: Context): Promise<Client | undefined> {
    const sent = credentials(req.headers.authorization);
    if (sent === undefined || !secrets.isKnown({ client: sent.id, address: ip })) return undefined;
    const client = await provider.Client.find(sent.id);
    return client && hasLastingSecret(client) && (await client.compareClientSecret(sent.secret))
      ? client
      : undefined;
  }
}

/** The token of a request that has nothing special about it; undefined for any other request. */
function plainToken(ctx: Context): string | undefined {
  const { headers } = ctx.req;
  if (ctx.method !== 'POST' || SPECIAL_HEADERS.some((name) => name in headers)) return undefined;
  if (SPECIAL_ACCEPT.test(headers.accept ?? '') || !ctx.is('application/x-www-form-urlencoded'))
    return undefined;
  const form = parse(bodyOf(ctx));
  const isPlainForm = Object.entries(form).every(
    ([name, value]) => PARAMETERS.has(name) && typeof value === 'string',
  );
  return isPlainForm ? (form.token as string | undefined) : undefined;
}

function credentials(authorization = ''): { id: string; secret: string } | undefined {
  const [, encoded = ''] = authorization.match(BASIC) ?? [];
  const [, id, secret] = Buffer.from(encoded, 'base64').toString('latin1').match(CREDENTIALS) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}

function hasLastingSecret({ clientAuthMethod, clientSecretExpiresAt }: Client): boolean {
  return SECRET_METHODS.has(String(clientAuthMethod)) && !clientSecretExpiresAt;
}
