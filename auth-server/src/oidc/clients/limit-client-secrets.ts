/**
 * Limits guesses of client secrets at every endpoint at which a client authenticates. The library finds the client, then
 * looks at its secret. An attempt over a limit has to be refused before the first step; whether another one has failed is
 * known after the second.
 */
import type { Middleware } from 'koa';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import {
  SECRET_WINDOW_S,
  type SecretPlace,
  type SecretThrottle,
} from '../../core/throttle/secret-throttle.ts';
import { tellingOutages } from '../library-outages.ts';
import { authenticates } from '../oauth-errors.ts';
import type { FailedAttempt } from '../telemetry/throttle-metrics.ts';
import { TooManyAttempts } from '../too-many-attempts.ts';

type Client = InstanceType<Provider['Client']>;

/** The methods by which the secret itself is shown, or a signature made with it (OpenID Connect Core §9). */
const BY_SECRET = new Set(['client_secret_basic', 'client_secret_post', 'client_secret_jwt']);

/**
 * What is known of a client's authentication while it is under way. It is kept in `ctx.state.authentication` until the
 * client is authenticated: the answer tells too little, since it may be a page, or one of a request that took too long.
 */
interface Authentication {
  place: SecretPlace;
  /** Whether the right secret came from there lately. */
  isKnown: boolean;
  outcome: FailedAttempt['outcome'];
}

/** Makes a provider refuse secrets that come from where too many wrong ones came from, before it looks at them. */
export function limitClientSecrets(provider: Provider, throttle: SecretThrottle): void {
  const { Client } = provider;
  const { find } = Client;
  const compare = Client.prototype.compareClientSecret;

  Client.find = async function findWithinLimits(id) {
    const { ctx } = Provider;
    if (ctx === undefined || !isAboutToAuthenticate(ctx)) return find.call(this, id);
    const place = { client: id, address: ctx.ip };
    // Almost every request comes from where the right secret came from before, and is to lose no time here.
    const isKnown = throttle.isKnown(place);
    if (!isKnown && (await tellingOutages(throttle.isSpent(place)))) {
      ctx.state.authentication = { place, isKnown, outcome: 'not_looked_at' } satisfies Authentication;
      throw new TooManyAttempts(ctx, SECRET_WINDOW_S);
    }
    const client = await find.call(this, id);
    if (client === undefined || BY_SECRET.has(String(client.clientAuthMethod))) {
      ctx.state.authentication = { place, isKnown, outcome: 'wrong' } satisfies Authentication;
    }
    return client;
  };

  Client.prototype.compareClientSecret = async function compareWithinLimits(given) {
    const right = await compare.call(this, given);
    // The fast path is outside of the library's routes, and looks at no secret from where none was right before.
    if (right && Provider.ctx !== undefined) await authenticated(throttle, Provider.ctx, this);
    return right;
  };
}

/** Notes that a client was authenticated. */
export async function authenticated(
  throttle: SecretThrottle,
  ctx: KoaContextWithOIDC,
  client: Client,
): Promise<void> {
  const { isKnown = false }: Partial<Authentication> = ctx.state.authentication ?? {};
  ctx.state.authentication = undefined;
  if (!isKnown) await tellingOutages(throttle.succeeded({ client: client.clientId, address: ctx.ip }));
}

/** Counts wrong secrets. It has to be outside of the unit of work, which may hold a connection already. */
export function countWrongSecrets(throttle: SecretThrottle): Middleware {
  return async function countWrongSecretsMiddleware(ctx, next) {
    await next();
    const authentication: Authentication | undefined = ctx.state.authentication;
    if (authentication === undefined) return;
    const { place, outcome } = authentication;
    ctx.state.failedAttempt = { target: 'client_secret', outcome } satisfies FailedAttempt;
    if (outcome === 'wrong') await throttle.failed(place);
  };
}

/** Whether the library is to find the client of a request that has credentials. */
function isAboutToAuthenticate({ oidc, headers }: KoaContextWithOIDC): boolean {
  if (!authenticates.has(oidc.route) || oidc.client !== undefined) return false;
  const { client_secret: secret, client_assertion: assertion } = oidc.params ?? {};
  return headers.authorization !== undefined || Boolean(secret) || assertion !== undefined;
}
