/** The stores and the migrations on PostgreSQL without a server, so that `npm test` needs none. */
import { describeMigrations } from './migrations.ts';
import { startPglite } from './pglite.ts';
import { describePostgresApis } from './postgres-apis.ts';
import { describePostgresClientsAndAudit } from './postgres-clients-and-audit.ts';
import { describePostgresStores } from './postgres-stores.ts';

const url = startPglite();

describeMigrations('in PGlite', () => url);
describePostgresStores('in PGlite', () => url);
describePostgresClientsAndAudit('in PGlite', () => url);
describePostgresApis('in PGlite', () => url);
