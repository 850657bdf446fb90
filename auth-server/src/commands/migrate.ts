/** `npm run migrate`: migrates the database at DATABASE_URL to this version, where services do not migrate at start. */
import { exitWithFaults } from 'shared/config/startup-fault.ts';
import { migrate } from '../stores/postgres/run-migrations.ts';
import { asCommandFailure, givenDatabase } from './given-database.ts';

try {
  await migrate(givenDatabase(process.env));
  process.stdout.write('the schema fits this version\n');
} catch (error) {
  exitWithFaults('migrate', asCommandFailure(error));
}
