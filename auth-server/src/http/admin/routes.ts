/** All routes of the admin API. */
import type { Logger } from 'shared/telemetry/logger.ts';
import { apiRoutes } from './apis/api-routes.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { actRecorder } from './audit/audited.ts';
import { clientRoutes } from './clients/client-routes.ts';
import { keyRoutes } from './keys/key-routes.ts';
import type { AdminRoute } from './route.ts';
import type { AdminUseCases } from './use-cases.ts';
import { ownRoutes } from './users/own-routes.ts';
import { userRoutes } from './users/user-routes.ts';

/** @param log told of acts that cannot be recorded in the audit log */
export function adminRoutes(
  { users, clients, apis, grants, keys, audit }: AdminUseCases,
  log: Logger,
): AdminRoute[] {
  const record = actRecorder(audit, log);
  return [
    ...ownRoutes(users, grants, record),
    ...userRoutes(users, grants, record),
    ...clientRoutes(clients, record),
    ...apiRoutes(apis, record),
    ...keyRoutes(keys, record),
    ...auditRoutes(audit),
  ];
}
