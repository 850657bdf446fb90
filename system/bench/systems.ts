/** The systems that the benchmark compares: ours, the floor, and oidc-provider alone. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, start } from '../processes.ts';
import { NODE_OPTIONS } from '../start/node-options.ts';

/** The ports of each system, which differ so that two can run at once. */
const PORTS = { ours: 17100, floor: 17110, bare: 17120 };

/** The three services with their default settings, and a client for the client_credentials grant. */
export function ours(settings: Record<string, string> = {}): Promise<Running> {
  const [auth, resource, web] = [PORTS.ours + 1, PORTS.ours + 2, PORTS.ours + 3];
  const clients = join(tmpdir(), `bench-${process.pid}-clients.json`);
  writeFileSync(clients, JSON.stringify([BENCH_CLIENT]));
  const agreed = {
    NODE_OPTIONS,
    ISSUER: `http://127.0.0.1:${auth}`,
    RESOURCE: `http://127.0.0.1:${resource}`,
    ...settings,
  };
  const service = (name: string, port: number, more: Record<string, string> = {}) => ({
    name,
    file: `${name}/src/main.ts`,
    environment: { ...agreed, PORT: String(port), ...more },
    port,
    readyPath: '/health/live',
  });
  return start([
    service('auth-server', auth, { CLIENTS_FILE: clients }),
    service('resource-server', resource),
    service('webapp', web),
  ]);
}

/** Three bare node:http processes that make the same four exchanges with Ed25519, and do nothing else. */
export function floor(): Promise<Running> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const ports = [PORTS.floor + 1, PORTS.floor + 2, PORTS.floor + 3];
  return start(
    ['auth', 'api', 'web'].map((role, index) => ({
      name: `floor-${role}`,
      file: 'system/bench/floor.ts',
      environment: { ROLE: role, KEY: key, PORTS: ports.join(',') },
      port: Number(ports[index]),
      readyPath: '/ready',
    })),
  );
}

/** oidc-provider with the same algorithm and none of our code around it. */
export function bareProvider(): Promise<Running> {
  return start([
    {
      name: 'oidc-provider',
      file: 'system/bench/bare-provider.ts',
      environment: { PORT: String(PORTS.bare + 1) },
      port: PORTS.bare + 1,
      readyPath: '/.well-known/openid-configuration',
    },
  ]);
}

/** The client of the token and introspection runs. */
export const BENCH_CLIENT = {
  client_id: 'bench',
  client_secret: 'bench-secret',
  first_party: true,
  grant_types: ['client_credentials', 'password'],
  response_types: [],
};
