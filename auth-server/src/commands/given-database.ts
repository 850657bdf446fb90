/** The database that a command uses, from the same settings as the service's. */
import { parseSettings } from 'shared/config/settings.ts';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { z } from 'zod';
import { databaseSettings, databaseUrlOf } from '../config/database-settings.ts';
import { causeOf, StoreUnavailable } from '../core/store-unavailable.ts';
import { asStartFailure } from '../stores/postgres/failures.ts';

/**
 * The URL of the database.
 *
 * @throws {StartupFault} when the settings name no database, or are wrong
 */
export function givenDatabase(environment: NodeJS.ProcessEnv): string {
  const url = databaseUrlOf(parseSettings(z.object(databaseSettings), environment));
  if (url === undefined) {
    throw new StartupFault(['DATABASE_URL: must be set, to postgres://user:password@host:port/database']);
  }
  return url;
}

/** The error that a command shows for a failure: unlike the service, it does not wait out an outage of the database. */
export function asCommandFailure(failure: unknown): unknown {
  const told = asStartFailure(failure);
  if (!(told instanceof StoreUnavailable)) return told;
  return new StartupFault([`DATABASE_URL: the database cannot be reached: ${causeOf(told.cause)}`]);
}
