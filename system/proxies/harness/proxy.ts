/** Real proxies, each with its configuration from deploy/forward-auth/. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is put around a configuration to run it in a folder of its own, and the command for that. */
interface Kind {
  file: string;
  complete?(config: string, folder: string): string;
  command(file: string, port: number, folder: string): [program: string, ...args: string[]];
}

const kinds = {
  nginx: {
    file: 'nginx.conf',
    complete: (config, folder) => {
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      return `events {}\nhttp {\naccess_log off;\n${paths.join('\n')}\n${config}\n}`;
    },
    command: (file, _, folder) => [
      'nginx',
      ...['-p', folder, '-c', file, '-e', 'stderr'],
      ...['-g', `daemon off; pid ${folder}/pid; error_log stderr;`],
    ],
  },
  caddy: {
    file: 'Caddyfile',
    complete: (config) => `{\n\tadmin off\n}\n${config}`,
    command: (file) => ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'],
  },
  traefik: {
    file: 'traefik.yaml',
    command: (file, port) => [
      'traefik',
      `--entrypoints.orders.address=:${port}`,
      `--providers.file.filename=${file}`,
      '--providers.file.watch=false',
      '--global.checknewversion=false',
    ],
  },
  envoy: {
    file: 'envoy.yaml',
    command: (file) => [
      'envoy',
      ...['-c', file, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warn'],
    ],
  },
} satisfies Record<string, Kind>;

export type ProxyName = keyof typeof kinds;

/** The proxies of this run: all of them, or those that the variable `PROXIES` names, separated by commas. */
export const PROXIES = chosen(process.env.PROXIES);

function chosen(names: string | undefined): ProxyName[] {
  const all = Object.keys(kinds) as ProxyName[];
  if (names === undefined) return all;
  const some = all.filter((name) => names.split(',').includes(name));
  if (some.length !== names.split(',').length) throw new Error(`PROXIES may name ${all.join(', ')}`);
  process.stderr.write(`Only ${some.join(' and ')}, since PROXIES says so.\n`);
  return some;
}

/** Where everything listens. */
export interface Ports {
  proxy: number;
  guard: number;
  api: number;
}

/** A proxy that listens. */
export interface RunningProxy {
  url: string;
  stop(): Promise<void>;
}

/** A file of deploy/forward-auth/. */
export function deployed(file: string): string {
  return readFileSync(new URL(`../../../deploy/forward-auth/${file}`, import.meta.url), 'utf8');
}

/** The configuration of a proxy. */
export function configOf(name: ProxyName): string {
  return deployed(kinds[name].file);
}

/**
 * Starts a proxy with its configuration, in which only the ports differ.
 *
 * @throws when the proxy is not installed, or does not start
 */
export async function startProxy(
  name: ProxyName,
  ports: Ports,
  config = configOf(name),
): Promise<RunningProxy> {
  const { command, complete = (text: string) => text }: Kind = kinds[name];
  const path = `${process.env.PATH}:/usr/sbin`;
  expectInstalled(name, path);
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  // As root, nginx reads and writes as another user.
  chmodSync(folder, 0o755);
  const file = join(folder, kinds[name].file);
  writeFileSync(file, complete(withPorts(config, ports), folder));
  const [program, ...args] = command(file, ports.proxy, folder);
  const child = spawn(program, args, {
    env: { PATH: path, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${ports.proxy}`;

  async function stop(): Promise<void> {
    process.off('exit', kill);
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(2_000, undefined, { ref: false }).then(kill)]);
      await ended;
    }
    rmSync(folder, { recursive: true });
  }

  if (await listens(url, child)) return { url, stop };
  await stop();
  throw new Error(`${name} does not answer:\n${output}`);
}

function withPorts(config: string, { proxy, guard, api }: Ports): string {
  const ports: Record<string, number> = { 8080: proxy, 5002: guard, 9000: api };
  return config.replace(/\b(8080|5002|9000)\b/g, (documented) => String(ports[documented]));
}

function expectInstalled(program: string, path: string): void {
  try {
    execFileSync('which', [program], { env: { PATH: path } });
  } catch {
    throw new Error(
      `${program} is not installed: run .ci/proxies npm run test:proxies, which installs the proxies`,
    );
  }
}

/** Whether a proxy answers before it ends, or takes too long. */
async function listens(url: string, child: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < 400 && child.exitCode === null; tries += 1) {
    // Every configuration has the path of the metadata, which it asks the guard for.
    const answer = await fetch(`${url}/.well-known/oauth-protected-resource`).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) return true;
    await sleep(25);
  }
  return false;
}
