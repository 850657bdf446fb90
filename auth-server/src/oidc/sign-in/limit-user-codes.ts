/** Limits guesses of the user codes of devices (RFC 8628 §5.1). */
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { USER_CODE_WINDOW_S, type UserCodeThrottle } from '../../core/throttle/user-code-throttle.ts';
import { tellingOutages } from '../library-outages.ts';
import type { FailedAttempt } from '../telemetry/throttle-metrics.ts';
import { TooManyAttempts } from '../too-many-attempts.ts';

type DeviceCode = InstanceType<Provider['DeviceCode']>;

/** Makes a provider look up no more user codes than may be guessed where they are typed. */
export function limitUserCodes(provider: Provider, throttle: UserCodeThrottle): void {
  const { DeviceCode } = provider;
  const find = DeviceCode.findByUserCode;
  DeviceCode.findByUserCode = async function findWithinLimits(userCode, options) {
    const { ctx } = Provider;
    if (ctx === undefined) return find.call(this, userCode, options);
    const place = placeOf(ctx);
    if (!(await tellingOutages(throttle.admit(place)))) {
      ctx.state.failedAttempt = { target: 'user_code', outcome: 'not_looked_at' } satisfies FailedAttempt;
      throw new TooManyAttempts(ctx, USER_CODE_WINDOW_S);
    }
    const code = await find.call(this, userCode, options);
    if (code !== undefined && isOpen(code)) await tellingOutages(throttle.succeeded(place));
    else ctx.state.failedAttempt = { target: 'user_code', outcome: 'wrong' } satisfies FailedAttempt;
    return code;
  };
}

function placeOf({ ip, oidc }: KoaContextWithOIDC) {
  return { session: String(oidc.session?.uid), address: ip };
}

/** Whether a device still waits for its user. That a code was used or has expired tells a guesser something, too. */
function isOpen({ isExpired, error, accountId, inFlight }: DeviceCode): boolean {
  return !isExpired && error === undefined && accountId === undefined && inFlight !== true;
}
