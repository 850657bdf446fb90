/** `npm run migrate`: migrates the database at DATABASE_URL to this version, for operators who do not want it done at start. */
import { exitWithFaults, StartupFault } from 'shared/config/startup-fault.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import { migrate } from '../stores/postgres/run-migrations.ts';

try {
  const url = process.env.DATABASE_URL;
  if (!url) throw new StartupFault(['DATABASE_URL: must be set']);
  await migrate(url);
  process.stdout.write('the schema fits this version\n');
} catch (error) {
  const away = error instanceof StoreUnavailable;
  exitWithFaults(
    'migrate',
    away ? new StartupFault(['DATABASE_URL: the database cannot be reached']) : error,
  );
}
