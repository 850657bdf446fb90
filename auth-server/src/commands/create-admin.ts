/** `npm run create-admin`: creates an administrator in the database at DATABASE_URL. */
import { commandLine } from 'shared/config/command-line.ts';
import { StartupFault } from 'shared/config/startup-fault.ts';
import type { CreateRefusal } from '../core/users/create-user.ts';
import { type AdminCredentials, adminCreated, createAdmin } from '../core/users/first-admin.ts';
import { argon2Passwords, LEAST_EFFORT } from '../stores/argon2-passwords.ts';
import { postgresAudit } from '../stores/postgres/audit.ts';
import { type Database, openDatabase } from '../stores/postgres/database.ts';
import { isCurrent } from '../stores/postgres/run-migrations.ts';
import { postgresUsers } from '../stores/postgres/users.ts';
import { askCredentials } from './ask-credentials.ts';
import { asCommandFailure, givenDatabase } from './given-database.ts';

const HELP = `npm run create-admin     creates an administrator in the database at DATABASE_URL

It takes no arguments. At a terminal it asks for the username and the password; otherwise it takes them from
CREATE_ADMIN_USERNAME and CREATE_ADMIN_PASSWORD. The database is that of DATABASE_URL and DATABASE_PASSWORD.
`;

const { CREATE_ADMIN_USERNAME: username, CREATE_ADMIN_PASSWORD: password } = process.env;

/** The exit code: 0 when the administrator was created, 2 when the input cannot be used, and 1 for other failures. */
async function run(): Promise<0 | 1 | 2> {
  let database: Database;
  try {
    database = openDatabase(givenDatabase(process.env), { connections: 1 });
  } catch (error) {
    return failed(2, error);
  }
  const credentials = await givenCredentials();
  if (typeof credentials === 'string') return fail(2, credentials);
  try {
    return await create(database, credentials);
  } catch (error) {
    return failed(1, asCommandFailure(error));
  } finally {
    await database.destroy();
  }
}

/** The credentials from the environment or else from the terminal, or a text that says what is wrong with them. */
async function givenCredentials(): Promise<AdminCredentials | string> {
  if (username && password) return { username, password };
  if (username || password || !process.stdin.isTTY) {
    return 'CREATE_ADMIN_USERNAME and CREATE_ADMIN_PASSWORD: must both be set; at a terminal leave both out';
  }
  const typed = await askCredentials(process.stdin, process.stderr);
  return typed ?? 'no administrator was created: the passwords differ, or the input was cancelled';
}

async function create(database: Database, credentials: AdminCredentials): Promise<0 | 1 | 2> {
  if (!(await isCurrent(database))) {
    return fail(1, 'DATABASE_URL: the schema does not fit this version: run npm run migrate');
  }
  // If the settings ask for more effort, the password is rehashed at the first sign-in.
  const created = await createAdmin(postgresUsers(database), argon2Passwords(LEAST_EFFORT), credentials);
  if (!created.ok) return fail(created.refusal === 'taken' ? 1 : 2, refusals[created.refusal]);
  await postgresAudit(database).record(adminCreated(credentials.username, 'create-admin'));
  process.stdout.write('the administrator was created\n');
  return 0;
}

const refusals: Record<CreateRefusal, string> = {
  taken: 'the username is taken',
  invalid: 'the username must have 3 to 100 characters, all visible, and no space at either end',
  password_length: 'the password must have 8 to 1,000 characters',
  weak_password: 'the password must be neither the username nor a common password',
};

/** @throws the error itself unless it is a {@link StartupFault} */
function failed<Code extends 1 | 2>(code: Code, error: unknown): Code {
  if (!(error instanceof StartupFault)) throw error;
  return fail(code, error.faults.join('; '));
}

function fail<Code extends 1 | 2>(code: Code, fault: string): Code {
  process.stderr.write(`create-admin: ${fault}\n`);
  return code;
}

commandLine('create-admin', HELP, {});
process.exitCode = await run();
