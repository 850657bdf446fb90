/** Users and counts of guesses on a real server. */
import { createDatabase } from './server.ts';
import { describeUsersInPostgres } from './users-in-postgres.ts';

const url = createDatabase();

describeUsersInPostgres('on a server', () => url, 10);
