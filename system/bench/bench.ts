/** `npm run bench`: what the system costs, as ratios within one run on one machine. See docs/performance.md. */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandLine } from 'shared/config/command-line.ts';
import { exitWithFaults, StartupFault } from 'shared/config/startup-fault.ts';
import { type Running, residentMiB, type Service } from '../processes.ts';
import { type Load, type Outcome, run } from './load.ts';
import { type Comparison, compare, median } from './pairs.ts';
import { BENCH_CLIENT, bareProvider, floor, ours } from './systems.ts';

const HELP = `npm run bench                      measures what the system costs, in about 15 minutes
npm run bench -- --quick           proves that the benchmark runs; its figures mean little
npm run bench -- --only=memory     measures one part: start, chain, endpoints or memory
`;

const { quick, only } = commandLine('bench', HELP, {
  quick: { type: 'boolean' },
  only: { type: 'string' },
}).values;
const PARTS = { start: benchStart, chain: benchChain, endpoints: benchEndpoints, memory: benchMemory };
const PAIRS = quick ? 1 : 5;
const SECONDS = quick ? 1 : 5;
/** Long enough for V8 to optimize everything, which takes some 12,000 calls of the chain. */
const WARM_UP_SECONDS = quick ? 1 : 15;
const MEMORY_CALLS = quick ? 2_000 : 200_000;

const basic = `Basic ${btoa(`${BENCH_CLIENT.client_id}:${BENCH_CLIENT.client_secret}`)}`;

const parts = wantedParts();
say(
  `Node.js ${process.version}, ${cpus().length} cores, ${PAIRS} pairs of ${SECONDS} s each, load generator included\n`,
);
for (const part of parts) await part();

function wantedParts(): (() => Promise<void>)[] {
  const wanted = Object.entries(PARTS).filter(([name]) => only === undefined || only === name);
  if (wanted.length > 0) return wanted.map(([, part]) => part);
  const fault = `--only takes one of ${Object.keys(PARTS).join(', ')}`;
  return exitWithFaults('bench', new StartupFault([fault]), 2);
}

async function benchStart(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < PAIRS; round += 1) times.push(await timeToFirstAnswer());
  say('| start | median | least | most |\n|---|---|---|---|');
  const [least, most] = [Math.min(...times), Math.max(...times)];
  say(`| from \`npm start\` to the first answer | ${median(times)} ms | ${least} ms | ${most} ms |\n`);
}

async function timeToFirstAnswer(): Promise<number> {
  const started = performance.now();
  const environment = { AUTH_SERVER_PORT: '17131', RESOURCE_SERVER_PORT: '17132', WEBAPP_PORT: '17133' };
  const npm = spawn('npm', ['start'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  for (;;) {
    const answer = await fetch('http://127.0.0.1:17133/current_time').catch(() => undefined);
    if (answer?.ok) break;
    await sleep(10);
  }
  const elapsed = Math.round(performance.now() - started);
  npm.kill('SIGTERM');
  // The ports must be free again for the next round.
  while (await fetch('http://127.0.0.1:17131/health/live').catch(() => undefined)) await sleep(50);
  await sleep(500);
  return elapsed;
}

async function benchChain(): Promise<void> {
  const [system, bare] = [await ours(), await floor()];
  try {
    const load = (running: Running, connections: number): Load => ({
      url: `${lastOf(running).url}/current_time`,
      connections,
      seconds: SECONDS,
    });
    await run({ ...load(system, 16), seconds: WARM_UP_SECONDS }, []);
    await run({ ...load(bare, 16), seconds: WARM_UP_SECONDS }, []);

    say(
      '| chain | ours, requests/s | floor | of the floor | p50, p99 | CPU ms a call |\n|---|---|---|---|---|---|',
    );
    let highest = 0;
    for (const connections of [1, 16, 64]) {
      const outcomes: Outcome[] = [];
      const comparison = await compare(
        PAIRS,
        async () => append(outcomes, await run(load(system, connections), system.services)).throughput,
        async () => (await run(load(bare, connections), bare.services)).throughput,
      );
      highest = Math.max(highest, comparison.ours);
      say(
        `| ${connections} connection${connections === 1 ? '' : 's'} | ${comparison.ours.toFixed(0)} | ${comparison.theirs.toFixed(0)} | ${percent(comparison)} | ${latency(outcomes)} | ${cpu(outcomes, system.services)} |`,
      );
    }
    const steady = await run(
      { ...load(system, 16), rate: Math.floor(highest * 0.7), seconds: SECONDS * 2 },
      [],
    );
    const factor = (steady.p99 / steady.p50).toFixed(1);
    say(
      `| at 70% of the highest | ${steady.throughput.toFixed(0)} | | | ${steady.p50}, ${steady.p99} ms: p99 is ${factor} × p50 | |\n`,
    );
  } finally {
    await Promise.all([system.stop(), bare.stop()]);
  }
}

async function benchEndpoints(): Promise<void> {
  const [system, bare] = [await ours(), await bareProvider()];
  try {
    const token = (running: Running, form: string): Load => ({
      url: `${firstOf(running).url}/token`,
      connections: 16,
      seconds: SECONDS,
      method: 'POST',
      headers: { authorization: basic },
      body: () => form,
    });
    const password = 'grant_type=password&username=bob&password=builder&scope=current_time';
    const own = 'grant_type=client_credentials&scope=current_time';
    say('| endpoint | ours, requests/s | oidc-provider alone | of it |\n|---|---|---|---|');
    for (const [name, form] of [
      ['token, password', password],
      ['token, client_credentials', own],
    ] as const) {
      await compareLoads(name, [token(system, form), system], [token(bare, form), bare]);
    }
    const introspection = (running: Running, current: { token: string }): Load => ({
      ...token(running, ''),
      url: `${firstOf(running).url}/introspect`,
      body: () => `token=${current.token}`,
    });
    const [jwt, opaque] = [renewed(system, own), renewed(bare, `${own}&resource=http://127.0.0.1:1/opaque`)];
    try {
      await sleep(500);
      await compareLoads(
        'introspection: a JWT, of an opaque token',
        [introspection(system, jwt), system],
        [introspection(bare, opaque), bare],
      );
    } finally {
      jwt.stop();
      opaque.stop();
    }
    say('');
  } finally {
    await Promise.all([system.stop(), bare.stop()]);
  }
}

/** A token that is replaced before its five seconds are over. */
function renewed(running: Running, form: string): { token: string; stop(): void } {
  const current = { token: '', stop: () => clearInterval(timer) };
  const renew = async () => {
    const answer = await fetch(`${firstOf(running).url}/token`, {
      method: 'POST',
      headers: { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' },
      body: form,
    });
    current.token = ((await answer.json()) as { access_token: string }).access_token;
  };
  const timer = setInterval(renew, 1_000);
  void renew();
  return current;
}

async function compareLoads(name: string, mine: [Load, Running], other: [Load, Running]): Promise<void> {
  await run({ ...mine[0], seconds: WARM_UP_SECONDS }, []);
  await run({ ...other[0], seconds: WARM_UP_SECONDS }, []);
  const comparison = await compare(
    PAIRS,
    async () => (await run(mine[0], mine[1].services)).throughput,
    async () => (await run(other[0], other[1].services)).throughput,
  );
  say(
    `| ${name} | ${comparison.ours.toFixed(0)} | ${comparison.theirs.toFixed(0)} | ${percent(comparison)} |`,
  );
}

async function benchMemory(): Promise<void> {
  const system = await ours();
  try {
    const atStart = system.services.map(({ pid }) => residentMiB(pid));
    const samples: { calls: number; sizes: number[] }[] = [];
    for (let calls = 0; calls < MEMORY_CALLS; ) {
      const { throughput } = await run(
        { url: `${lastOf(system).url}/current_time`, connections: 16, seconds: SECONDS },
        [],
      );
      calls += throughput * SECONDS;
      samples.push({ calls, sizes: system.services.map(({ pid }) => residentMiB(pid)) });
    }
    const secondHalf = samples.filter(({ calls }) => calls >= MEMORY_CALLS / 2);
    say(
      `| memory, MiB | at start | after ${MEMORY_CALLS} calls | rise per 100,000 calls, second half |\n|---|---|---|---|`,
    );
    for (const [index, { name }] of system.services.entries()) {
      const points = secondHalf.map(({ calls, sizes }) => [calls, Number(sizes[index])] as const);
      const end = Number(samples.at(-1)?.sizes[index]);
      const rise = (slope(points) * 100_000 * 100) / end;
      say(`| ${name} | ${atStart[index]?.toFixed(0)} | ${end.toFixed(0)} | ${rise.toFixed(1)}% |`);
    }
  } finally {
    await system.stop();
  }
}

/** The slope of the least-squares line through points. */
function slope(points: (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const [over, under] = points.reduce(
    ([a, b], [x, y]) => [a + (x - meanX) * (y - meanY), b + (x - meanX) ** 2],
    [0, 0],
  );
  return under === 0 ? 0 : over / under;
}

function append<Item>(list: Item[], item: Item): Item {
  list.push(item);
  return item;
}

function percent({ ratio, least, most }: Comparison): string {
  const whole = (value: number) => (value * 100).toFixed(0);
  return `${whole(ratio)}% (${whole(least)} to ${whole(most)})`;
}

function latency(outcomes: Outcome[]): string {
  return `${median(outcomes.map(({ p50 }) => p50))}, ${median(outcomes.map(({ p99 }) => p99))} ms`;
}

function cpu(outcomes: Outcome[], services: Service[]): string {
  const of = (name: string) => median(outcomes.map((outcome) => Number(outcome.cpu[name]))).toFixed(2);
  return services.map(({ name }) => `${name} ${of(name)}`).join(', ');
}

function firstOf(running: Running): Service {
  return running.services[0] as Service;
}

function lastOf(running: Running): Service {
  return running.services.at(-1) as Service;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
