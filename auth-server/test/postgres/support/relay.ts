/** A way to a server that can be cut, or fall silent, and be mended. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Relays to the server of a URL until the test is finished. */
export async function startRelay(target: string) {
  let { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let cut = false;
  let silent = false;
  const relay = createServer((near) => {
    if (cut) return near.resetAndDestroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('data', (bytes) => silent || other.write(bytes));
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const hangUp = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  onTestFinished(() => {
    hangUp();
    relay.close();
  });
  const url = new URL(target);
  url.host = `127.0.0.1:${(relay.address() as AddressInfo).port}`;
  return {
    url: url.href,
    /** Ends every connection, and each new one at once. */
    cut() {
      cut = true;
      hangUp();
    },
    /** Leads what connects from now on to the server of another URL; what is connected stays where it is. */
    leadTo(other: string) {
      ({ hostname, port } = new URL(other));
    },
    /** Loses everything that is sent, either way, and tells nobody. */
    fallSilent() {
      silent = true;
    },
    mend() {
      cut = false;
      silent = false;
    },
  };
}
