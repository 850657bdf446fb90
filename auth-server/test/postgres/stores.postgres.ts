/** The stores and the migrations on a real server. */
import { describeMigrations } from '../stores/migrations.ts';
import { describePostgresApis } from '../stores/postgres-apis.ts';
import { describePostgresClientsAndAudit } from '../stores/postgres-clients-and-audit.ts';
import { describePostgresStores } from '../stores/postgres-stores.ts';
import { createDatabase } from './support/server.ts';

const url = createDatabase();

describeMigrations('on a server', () => url);
describePostgresStores('on a server', () => url);
describePostgresClientsAndAudit('on a server', () => url);
describePostgresApis('on a server', () => url);
