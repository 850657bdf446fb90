/** `npm run migrate`: migrates the database at DATABASE_URL to this version, where services do not migrate at start. */
import { commandLine } from 'shared/config/command-line.ts';
import { exitWithFaults } from 'shared/config/startup-fault.ts';
import { migrate } from '../stores/postgres/run-migrations.ts';
import { asCommandFailure, givenDatabase } from './given-database.ts';

const HELP = `npm run migrate     brings the schema of the database at DATABASE_URL up to this version

It takes no arguments. Its settings are environment variables, or lines in .env: DATABASE_URL and DATABASE_PASSWORD.
`;

commandLine('migrate', HELP, {});
try {
  await migrate(givenDatabase(process.env));
  process.stdout.write('the schema fits this version\n');
} catch (error) {
  exitWithFaults('migrate', asCommandFailure(error));
}
