/** PostgreSQL servers and a PgBouncer that a test has for itself: to promote, to stop, and to be refused by. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from 'shared/test/serve.ts';
import { afterAll } from 'vitest';

const { TEST_POSTGRES_BIN = '', TEST_PGBOUNCER = '', TEST_SERVERS_HOME = '' } = process.env;

/** Neither runs as root. */
const account =
  process.getuid?.() === 0
    ? {
        uid: Number(execFileSync('id', ['-u', 'postgres'])),
        gid: Number(execFileSync('id', ['-g', 'postgres'])),
      }
    : {};

export class OwnServer {
  readonly #folder: string;
  readonly #port: number;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** Starts one until the tests of the file are finished; everybody who connects is let in. */
  static async start(): Promise<OwnServer> {
    const server = await OwnServer.#make();
    await server.#run('initdb', '--username=postgres', '--auth=trust', '--no-sync', '--locale=C.UTF-8');
    await server.start();
    return server;
  }

  /** Starts one that follows another, with all that it has. */
  static async follow(primary: OwnServer): Promise<OwnServer> {
    const standby = await OwnServer.#make();
    await standby.#run(
      'pg_basebackup',
      `--pgdata=${standby.#folder}`,
      '--write-recovery-conf',
      '--checkpoint=fast',
      '--no-sync',
      `--dbname=${primary.url}`,
    );
    await standby.start();
    return standby;
  }

  static async #make(): Promise<OwnServer> {
    const port = await freePort();
    const server = new OwnServer(join(TEST_SERVERS_HOME, `own-${port}`), port);
    afterAll(async () => {
      await server.stop().catch(() => {});
      rmSync(server.#folder, { recursive: true, force: true });
    });
    return server;
  }

  /** As its administrator. */
  get url(): string {
    return this.urlFor('postgres');
  }

  /** @param login a name, or `name:password` */
  urlFor(login: string, database = 'postgres'): string {
    return `postgres://${login}@127.0.0.1:${this.#port}/${database}`;
  }

  /** Its settings and the files that these name are here. */
  get folder(): string {
    return this.#folder;
  }

  async start(): Promise<void> {
    const options = `-p ${this.#port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
    await this.#run('pg_ctl', 'start', '--wait', `--log=${this.#folder}/log`, `--options=${options}`);
  }

  async stop(): Promise<void> {
    await this.#run('pg_ctl', 'stop', '--mode=fast');
  }

  /** Makes a standby the one that writes. */
  async promote(): Promise<void> {
    await this.#run('pg_ctl', 'promote', '--wait');
  }

  /** Makes it a standby, as what manages a failover does with the one that wrote. */
  async demote(): Promise<void> {
    await this.stop();
    writeFileSync(join(this.#folder, 'standby.signal'), '');
    await this.start();
  }

  /** Lets in by other rules from now on (pg_hba.conf). */
  async letIn(...rules: string[]): Promise<void> {
    writeFileSync(join(this.#folder, 'pg_hba.conf'), `${rules.join('\n')}\n`);
    await this.#run('pg_ctl', 'reload');
  }

  /** Gives it files that were written into its folder. */
  async own(...names: string[]): Promise<void> {
    for (const name of names) {
      const file = join(this.#folder, name);
      chmodSync(file, 0o600);
      if (account.uid !== undefined) chownSync(file, account.uid, account.gid);
    }
  }

  async #run(program: string, ...options: string[]): Promise<void> {
    const environment = { PATH: process.env.PATH, PGDATA: this.#folder };
    await promisify(execFile)(join(TEST_POSTGRES_BIN, program), options, {
      cwd: TEST_SERVERS_HOME,
      env: environment,
      ...account,
    });
  }
}

/**
 * Starts a PgBouncer in front of a server until the tests of the file are finished, with all of its defaults but for
 * the mode in which each transaction may have another connection; the answer is the URL to use.
 */
export async function startPgBouncer(server: string): Promise<string> {
  const { hostname, port: serverPort, pathname } = new URL(server);
  const port = await freePort();
  const folder = join(TEST_SERVERS_HOME, `pgbouncer-${port}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'users.txt'), '"postgres" ""\n');
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pidfile = ${folder}/pgbouncer.pid
auth_type = trust
auth_file = ${folder}/users.txt
pool_mode = transaction
`,
  );
  if (account.uid !== undefined) execFileSync('chown', ['-R', 'postgres', folder]);
  const bouncer = spawn(TEST_PGBOUNCER, [join(folder, 'pgbouncer.ini')], {
    ...account,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  afterAll(() => {
    bouncer.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  // It says on stderr all that it does.
  await new Promise<void>((resolve, reject) => {
    let said = '';
    bouncer.stderr.on('data', (text) => {
      said += text;
      if (said.includes('process up')) resolve();
    });
    bouncer.once('error', reject);
    bouncer.once('exit', () => reject(new Error(`pgbouncer ended: ${said}`)));
  });
  return `postgres://postgres@127.0.0.1:${port}${pathname}`;
}
