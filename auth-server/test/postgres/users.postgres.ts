/** Users and counts of guesses on a real server. */

import { describeUsersInPostgres } from '../stores/users-in-postgres.ts';
import { createDatabase } from './support/server.ts';

const url = createDatabase();

describeUsersInPostgres('on a server', () => url, 10);
