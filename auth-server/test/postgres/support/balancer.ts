/** A plain TCP balancer: connections go round the replicas that are ready, and past one that refuses. */
import { get } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';

/** How often each replica is asked whether it is ready, in milliseconds. */
const PROBE_EVERY_MS = 100;

/** Balances until it is closed. It looks into nothing that goes through it. */
export async function startBalancer(port: number, replicas: string[]): Promise<{ close(): void }> {
  const ready = new Set<string>();
  const open = new Set<Socket>();
  let turn = 0;
  const probe = async () => {
    for (const replica of replicas) {
      if (await isReady(replica)) ready.add(replica);
      else ready.delete(replica);
    }
  };
  const probing = setInterval(() => void probe(), PROBE_EVERY_MS);
  const balancer = createServer((near) => {
    open.add(near);
    near.on('error', () => near.destroy());
    near.on('close', () => open.delete(near));
    turn += 1;
    const inTurn = replicas.map((_, index) => replicas[(turn + index) % replicas.length] as string);
    // When none is ready, one that listens can at least say so.
    relay(near, [...inTurn.filter((one) => ready.has(one)), ...inTurn.filter((one) => !ready.has(one))]);
  });
  await probe();
  await new Promise<void>((resolve) => balancer.listen(port, '127.0.0.1', resolve));
  return {
    close() {
      clearInterval(probing);
      balancer.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Joins a connection to the first of these that takes it. */
function relay(near: Socket, [replica, ...others]: string[]): void {
  if (replica === undefined || near.destroyed) return void near.destroy();
  const { hostname, port } = new URL(replica);
  const far = connect(Number(port), hostname);
  const hangUp = () => void far.destroy();
  near.once('close', hangUp);
  far.once('connect', () => {
    near.pipe(far);
    far.pipe(near);
  });
  far.once('error', () => {
    near.off('close', hangUp);
    // What was sent to it is lost with it: nobody else may get half of it.
    if (far.bytesWritten > 0 || far.bytesRead > 0) near.resetAndDestroy();
    else relay(near, others);
  });
}

function isReady(replica: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(new URL('/health/ready', replica), { agent: false, timeout: 3_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
  });
}
