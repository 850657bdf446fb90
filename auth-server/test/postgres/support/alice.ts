/** Users, put into a database. The admin API would not take the passwords that tests give them, which are so common. */
import { randomUUID } from 'node:crypto';
import { argon2Passwords, LEAST_EFFORT } from '../../../src/stores/argon2-passwords.ts';
import { openDatabase } from '../../../src/stores/postgres/database.ts';
import { postgresUsers } from '../../../src/stores/postgres/users.ts';

/** @returns her id */
export const createAlice = (url: string, password: string) => createUser(url, 'alice', password);

/** @returns the user's id */
export async function createUser(url: string, username: string, password: string): Promise<string> {
  const id = randomUUID();
  const database = openDatabase(url, { connections: 1 });
  await postgresUsers(database).create({
    id,
    username,
    passwordHash: await argon2Passwords(LEAST_EFFORT).hash(password),
    displayName: undefined,
    email: undefined,
    emailVerified: false,
    roles: ['user'],
    status: 'active',
    createdAt: new Date(),
    updatedAt: new Date(),
    version: 1,
  });
  await database.destroy();
  return id;
}
