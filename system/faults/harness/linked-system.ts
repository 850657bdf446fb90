/** The three services, each a process of its own, on free ports that they keep across restarts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from 'shared/test/serve.ts';
import { Link } from './link.ts';
import { Service, type ServiceName } from './service.ts';
import { writeSigningKey } from './signing-key.ts';

/** The three links between the services, each by the two that it joins. */
export const LINKS = [
  'webapp to auth-server',
  'webapp to resource-server',
  'resource-server to auth-server',
] as const;
export type LinkName = (typeof LINKS)[number];

export const SERVICES = ['auth-server', 'resource-server', 'webapp'] as const;

export interface System {
  services: Record<ServiceName, Service>;
  /** The proxies between the services, where there are any. */
  links: Partial<Record<LinkName, Link>>;
  /** Starts the services that do not run; resolves when the system answers. */
  start(): Promise<void>;
  /** Kills all three, and ends the proxies. */
  end(): Promise<void>;
}

export interface SystemOptions {
  /** Puts a proxy on each link. */
  linked?: boolean;
  /** A descriptor for the logs, instead of files. */
  stdout?: number;
  environment?: Record<string, string>;
}

/** A system that is not started yet. */
export async function createSystem({
  linked = false,
  stdout,
  environment,
}: SystemOptions = {}): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const jwks = join(folder, 'jwks.json');
  writeSigningKey(jwks);
  const ports = {
    'auth-server': await freePort(),
    'resource-server': await freePort(),
    webapp: await freePort(),
  };
  const links: System['links'] = linked ? await openLinks(ports) : {};
  const portOf = (link: LinkName, service: ServiceName) => links[link]?.port ?? ports[service];
  const tokens = portOf('webapp to auth-server', 'auth-server');
  const api = portOf('webapp to resource-server', 'resource-server');
  const introspection = portOf('resource-server to auth-server', 'auth-server');

  const agreed = {
    ISSUER: `http://127.0.0.1:${ports['auth-server']}`,
    RESOURCE: `http://127.0.0.1:${ports['resource-server']}`,
    ...environment,
  };
  const service = (name: ServiceName, settings: Record<string, string>) =>
    new Service({
      name,
      port: ports[name],
      environment: { ...agreed, ...settings },
      logFile: join(folder, `${name}.log`),
      ...(stdout !== undefined && { stdout }),
    });
  const services = {
    'auth-server': service('auth-server', {
      JWKS_FILE: jwks,
      ALLOWED_HOSTS: `127.0.0.1:${tokens},127.0.0.1:${introspection}`,
    }),
    'resource-server': service('resource-server', {
      INTROSPECTION_ENDPOINT: `http://127.0.0.1:${introspection}/introspect`,
    }),
    webapp: service('webapp', {
      TOKEN_ENDPOINT: `http://127.0.0.1:${tokens}/token`,
      RESOURCE_SERVER_URL: `http://127.0.0.1:${api}`,
    }),
  };

  return {
    services,
    links,
    async start() {
      await Promise.all(Object.values(services).map((one) => (one.isRunning ? undefined : one.start())));
      await answers(`${services.webapp.url}/current_time`);
    },
    async end() {
      await Promise.all(Object.values(services).map((one) => one.kill()));
      await Promise.all(Object.values(links).map((link) => link.close()));
      rmSync(folder, { recursive: true });
    },
  };
}

/** A system that answers. */
export async function startedSystem(options?: SystemOptions): Promise<System> {
  const system = await createSystem(options);
  try {
    await system.start();
    return system;
  } catch (error) {
    await system.end();
    throw error;
  }
}

async function openLinks(ports: Record<ServiceName, number>): Promise<Record<LinkName, Link>> {
  return {
    'webapp to auth-server': await Link.open(ports['auth-server']),
    'webapp to resource-server': await Link.open(ports['resource-server']),
    'resource-server to auth-server': await Link.open(ports['auth-server']),
  };
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
