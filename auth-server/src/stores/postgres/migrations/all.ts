/**
 * The migrations in their order, by the names that the database remembers. They go forward only, and each leaves a schema
 * that the version before can work with, because both versions run while replicas are replaced.
 */
import type { Migration } from 'kysely/migration';
import * as artifactsAndRevocations from './0001-artifacts-and-revocations.ts';
import * as usersAndGuesses from './0002-users-and-guesses.ts';
import * as clientsAndAudit from './0003-clients-and-audit.ts';
import * as signingKeys from './0004-signing-keys.ts';
import * as sessionsOfUsers from './0005-sessions-of-users.ts';
import * as consents from './0006-consents.ts';
import * as auditByTime from './0007-audit-by-time.ts';
import * as apis from './0008-apis.ts';

export const migrations: Record<string, Migration> = {
  '0001-artifacts-and-revocations': artifactsAndRevocations,
  '0002-users-and-guesses': usersAndGuesses,
  '0003-clients-and-audit': clientsAndAudit,
  '0004-signing-keys': signingKeys,
  '0005-sessions-of-users': sessionsOfUsers,
  '0006-consents': consents,
  '0007-audit-by-time': auditByTime,
  '0008-apis': apis,
};
