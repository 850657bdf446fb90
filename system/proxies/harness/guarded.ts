/** An API, the issuer and the guard, each a real process, in front of which every proxy can be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from 'shared/test/serve.ts';
import { createSystem, type System } from '../../faults/harness/linked-system.ts';
import { type Api, startApi } from './api.ts';
import { SHOP, shopClients } from './issuer.ts';
import { configOf, deployed, PROXIES, type ProxyName, type RunningProxy, startProxy } from './proxy.ts';

/** One proxy in front of the API, which to the issuer is an API of its own. */
export interface Guarded {
  proxy: RunningProxy;
  /** The same, where clients may call for themselves. */
  proxyForClients: RunningProxy;
  /** The same, where users must have signed in during the last minute and in a way that nobody can. */
  proxyForSignIn: RunningProxy;
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
  const ports = new Map<ProxyName, number>();
  for (const name of PROXIES) ports.set(name, await freePort());
  const resourceOf = (name: ProxyName) => `http://localhost:${ports.get(name)}`;
  const resources = PROXIES.map(resourceOf);
  const api = await startApi();
  const system = await createSystem({
    environment: {
      APIS_FILE: fileWith('apis.json', JSON.stringify([shopApi, ...resources.flatMap(apisAt)])),
      CLIENTS_FILE: fileWith(
        'clients.json',
        JSON.stringify([...JSON.parse(deployed('clients.json')), ...shopClients]),
      ),
      FORWARD_AUTH: resources.join(),
    },
  });
  const running: RunningProxy[] = [];
  const { services } = system;

  async function started(name: ProxyName, port: number, config: string): Promise<RunningProxy> {
    const guard = Number(new URL(services['resource-server'].url).port);
    const ofApi = config.replaceAll('http://localhost:8080', resourceOf(name));
    const proxy = await startProxy(name, { proxy: port, guard, api: api.port }, ofApi);
    running.push(proxy);
    return proxy;
  }

  async function guarded(name: ProxyName): Promise<Guarded> {
    const config = configOf(name);
    const forClients = config.replace(/(Forward-Auth-User\W+(?:value: )?)required/, '$1optional');
    return {
      resource: resourceOf(name),
      proxy: await started(name, ports.get(name) as number, config),
      proxyForClients: await started(name, await freePort(), forClients),
      proxyForSignIn: await started(name, await freePort(), askingForSignIn(config)),
    };
  }

  async function end(): Promise<void> {
    await Promise.all(running.map((proxy) => proxy.stop()));
    await system.end();
    api.close();
    rmSync(folder, { recursive: true });
  }

  try {
    await system.start();
  } catch (error) {
    await end();
    throw error;
  }
  const behind = await Promise.allSettled(PROXIES.map(async (name) => [name, await guarded(name)] as const));
  const failed = behind.find((one) => one.status === 'rejected');
  if (failed) {
    await end();
    throw failed.reason;
  }
  return {
    issuer: services['auth-server'].url,
    services,
    api,
    behind: Object.fromEntries(
      behind.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    ) as Everything['behind'],
    end,
  };
}

/** A configuration that asks for a sign-in, as the page says, in the place of what removes a client's own headers for it. */
function askingForSignIn(config: string): string {
  const asked = { 'Forward-Auth-Acr': '"urn:example:mfa"', 'Forward-Auth-Max-Age': '"60"' };
  return Object.entries(asked).reduce((text, [header, value]) => {
    const removing = new RegExp(`-${header}$|${header}(\\W+)""`, 'm');
    if (removing.test(text))
      return text.replace(removing, (_, between = ' ') => `${header}${between}${value}`);
    return text.replace(/^( *- \{ key: )Forward-Auth-User, .*\n/m, `$&$1${header}, value: ${value} }\n`);
  }, config);
}

/** The API that calls those behind the proxies. */
const shopApi = { resource: SHOP, name: 'Shop', scopes: { shop: 'Go shopping' }, access_token_ttl: 300 };

/** The API of the documents, at another address, which also takes tokens of the shop in exchange. */
function apisAt(resource: string): unknown[] {
  const apis: object[] = JSON.parse(deployed('apis.json').replace('http://localhost:8080', resource));
  const exchange = [{ from: SHOP, clients: ['shop-api'], scopes: ['orders:read'] }];
  return apis.map((api) => ({ ...api, exchange }));
}
