/** Tells devices how often to poll, and slows down those that do not wait (RFC 8628 §3.2, §3.5). */
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import { POLL_INTERVAL_S, type Polls, polled } from '../../core/grants/device-polling.ts';
import { tellingOutages } from '../library-outages.ts';

type DeviceCode = InstanceType<Provider['DeviceCode']>;

/** What keeps the polls of a device code: a record of its own, since the user may decide while the device polls. */
const MODEL = 'DevicePolls';

/**
 * Makes a provider say how often devices may poll, and refuse polls that come too early as `slow_down`. Only polls for an
 * answer that is not there yet are counted, so that a decision is told at once. Each costs one read and one write.
 */
export function slowDownPolls(provider: Provider, artifacts: ArtifactStore): void {
  // The answer's body, which is sent once this event is over.
  provider.on('device_authorization.success', (_ctx: KoaContextWithOIDC, answer: Record<string, unknown>) => {
    answer.interval = POLL_INTERVAL_S;
  });

  const { DeviceCode } = provider;
  const find = DeviceCode.find;
  DeviceCode.find = async function findForPoll(id, options) {
    const code = await find.call(this, id, options);
    if (code && isPolledFor(code as DeviceCode)) await tellingOutages(count(id, code as DeviceCode));
    return code;
  } as typeof find;

  async function count(id: string, code: DeviceCode): Promise<void> {
    const before = (await artifacts.find(MODEL, id)) as Polls | undefined;
    const { polls, tooEarly } = polled(before, Date.now());
    await artifacts.upsert(MODEL, id, { ...polls }, code.remainingTTL);
    if (tooEarly) throw new errors.SlowDown();
  }
}

/** Whether its own client asks for a code whose user has not decided yet. */
function isPolledFor({ clientId, accountId, error, isExpired }: DeviceCode): boolean {
  const { route, client } = Provider.ctx?.oidc ?? {};
  if (route !== 'token' || client?.clientId !== clientId) return false;
  return accountId === undefined && error === undefined && !isExpired;
}
