/** An API, the issuer and the guard, each a real process, in front of which every proxy can be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from 'shared/test/serve.ts';
import { createSystem, type System } from '../../faults/harness/linked-system.ts';
import { type Api, startApi } from './api.ts';
import { configOf, deployed, PROXIES, type ProxyName, type RunningProxy, startProxy } from './proxy.ts';

/** One proxy in front of the API, which to the issuer is an API of its own. */
export interface Guarded {
  proxy: RunningProxy;
  /** The same, where clients may call for themselves. */
  proxyForClients: RunningProxy;
  resource: string;
}

/** All that runs. */
export interface Everything {
  issuer: string;
  services: System['services'];
  api: Api;
  behind: Record<ProxyName, Guarded>;
  end(): Promise<void>;
}

/** Starts all of it. */
export async function startEverything(): Promise<Everything> {
  const folder = mkdtempSync(join(tmpdir(), 'proxies-'));
  const fileWith = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const ports = await Promise.all(PROXIES.map(() => freePort()));
  const resources = ports.map((port) => `http://localhost:${port}`);
  const api = await startApi();
  const system = await createSystem({
    environment: {
      APIS_FILE: fileWith('apis.json', JSON.stringify(resources.flatMap(apisAt))),
      CLIENTS_FILE: fileWith('clients.json', deployed('clients.json')),
      FORWARD_AUTH: resources.join(),
    },
  });
  await system.start();
  const { services } = system;
  const guard = Number(new URL(services['resource-server'].url).port);
  const behind = await Promise.all(
    PROXIES.map(async (name, index) => {
      const resource = resources[index] as string;
      const started = async (port: number, config: string) =>
        startProxy(
          name,
          { proxy: port, guard, api: api.port },
          config.replaceAll('http://localhost:8080', resource),
        );
      const forClients = configOf(name).replace(/(Forward-Auth-User\W+(?:value: )?)required/, '$1optional');
      const [proxy, proxyForClients] = await Promise.all([
        started(ports[index] as number, configOf(name)),
        started(await freePort(), forClients),
      ]);
      return [name, { proxy, proxyForClients, resource }] as const;
    }),
  );
  return {
    issuer: services['auth-server'].url,
    services,
    api,
    behind: Object.fromEntries(behind) as Everything['behind'],
    async end() {
      await Promise.all(
        behind.flatMap(([, { proxy, proxyForClients }]) => [proxy.stop(), proxyForClients.stop()]),
      );
      await system.end();
      api.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The API of the documents, at another address. */
function apisAt(resource: string): unknown[] {
  return JSON.parse(deployed('apis.json').replace('http://localhost:8080', resource));
}
