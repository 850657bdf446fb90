/** The auth server's composition root. */
import type { Service, ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { beginAdministration } from './app/first-administrator.ts';
import { lastingParts, type Overrides } from './app/lasting-parts.ts';
import { beginWithKeys } from './app/live-keys.ts';
import { waitingApp } from './app/waiting-app.ts';
import { workingApp } from './app/working-app.ts';
import type { Settings } from './config.ts';
import type { KeyAdministration } from './http/admin/use-cases.ts';
import { replaceable } from './http/replaceable.ts';
import type { SigningKeys } from './oidc/keys/provider-keys.ts';
import { PARSED_BODY_NOTICE } from './oidc/tokens/structured-tokens.ts';
import { asStartFailure } from './stores/postgres/failures.ts';
import { whenAvailable } from './stores/when-available.ts';

/** What the library prints that is of no interest to an operator. */
export const expectedNotices = PARSED_BODY_NOTICE;

/**
 * The auth server with what it needs, but for the overrides that are given. It does not listen yet. While its store is away
 * it says so, and begins to work when the store is there.
 *
 * @throws {StartupFault} when keys, clients, the database or the first administrator cannot be used
 */
export async function createApp(
  parts: ServiceDependencies<Settings>,
  overrides: Overrides = {},
): Promise<Service> {
  const { settings, stopping, log } = parts;
  const lasting = lastingParts(parts, overrides);
  const { stores, signIns } = lasting;
  const app = replaceable(waitingApp(parts, stores));
  const admin = replaceable(waitingApp(parts, stores));
  const use = async (keys: SigningKeys, administration: KeyAdministration) => {
    const working = await workingApp(parts, lasting, keys, administration);
    app.replace(working.app);
    admin.replace(working.admin);
  };
  await whenAvailable(start, stopping, log);
  return {
    callback: app.callback,
    others:
      settings.ADMIN_PORT === undefined
        ? []
        : [{ callback: admin.callback, address: { HOST: settings.ADMIN_HOST, PORT: settings.ADMIN_PORT } }],
    close: async () => signIns?.flush(),
  };

  async function start(): Promise<void> {
    try {
      await stores.prepare();
      await beginAdministration(settings, lasting, log);
      await beginWithKeys(parts, lasting, use);
    } catch (error) {
      throw asStartFailure(error);
    }
  }
}
