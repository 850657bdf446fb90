/** Two auth servers as real processes on one database, behind one address. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from 'shared/test/serve.ts';
import { expect, onTestFinished } from 'vitest';
import { Service } from '../../../../system/faults/harness/service.ts';
import { startBalancer } from './balancer.ts';

/** How long a replica may take until it is ready, in milliseconds. */
const READY_MS = 15_000;

export interface Replicas {
  /** The address of both, by which they are known. */
  issuer: string;
  replicas: [Service, Service];
}

/** Starts two until the test is finished. */
export async function startReplicas(environment: Record<string, string>): Promise<Replicas> {
  const folder = await mkdtemp(join(tmpdir(), 'replicas-'));
  const front = await freePort();
  const issuer = `http://127.0.0.1:${front}`;
  const replica = (port: number) =>
    new Service({
      name: 'auth-server',
      port,
      environment: {
        ISSUER: issuer,
        // For tests that ask one of them.
        ALLOWED_HOSTS: `127.0.0.1:${port}`,
        USER_DIRECTORY: 'accept-anyone',
        ...environment,
      },
      logFile: join(folder, `${port}.log`),
    });
  const replicas: Replicas['replicas'] = [replica(await freePort()), replica(await freePort())];
  onTestFinished(async () => {
    await Promise.all(replicas.map((one) => one.kill()));
    await rm(folder, { recursive: true });
  });
  await Promise.all(replicas.map(startReady));
  const balancer = await startBalancer(
    front,
    replicas.map(({ url }) => url),
  );
  onTestFinished(() => balancer.close());
  return { issuer, replicas };
}

/** Starts a replica that does not run, and waits until it is ready. */
export async function startReady(replica: Service): Promise<void> {
  await replica.start();
  for (let waited = 0; waited < READY_MS; waited += 50) {
    if ((await fetch(`${replica.url}/health/ready`)).ok) return;
    await sleep(50);
  }
  expect.fail(`${replica.url} is not ready: ${JSON.stringify(replica.log().slice(-10))}`);
}
