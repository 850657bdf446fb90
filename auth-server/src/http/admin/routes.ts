/** All routes of the admin API. */
import type { Logger } from 'shared/logger.ts';
import { auditRoutes } from './audit.ts';
import { actRecorder } from './audited.ts';
import { clientRoutes } from './clients.ts';
import { keyRoutes } from './keys.ts';
import { ownRoutes } from './me.ts';
import type { AdminRoute } from './route.ts';
import type { AdminUseCases } from './use-cases.ts';
import { userRoutes } from './users.ts';

export function adminRoutes(
  { users, clients, grants, keys, audit }: AdminUseCases,
  log: Logger,
): AdminRoute[] {
  const record = actRecorder(audit, log);
  return [
    ...ownRoutes(users, grants, record),
    ...userRoutes(users, grants, record),
    ...clientRoutes(clients, record),
    ...keyRoutes(keys, record),
    ...auditRoutes(audit),
  ];
}
