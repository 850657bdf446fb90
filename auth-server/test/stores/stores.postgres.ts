/** The stores and the migrations on a real server. */
import { describeMigrations } from './migrations.ts';
import { describePostgresClientsAndAudit } from './postgres-clients-and-audit.ts';
import { describePostgresStores } from './postgres-stores.ts';
import { createDatabase } from './server.ts';

const url = createDatabase();

describeMigrations('on a server', () => url);
describePostgresStores('on a server', () => url);
describePostgresClientsAndAudit('on a server', () => url);
