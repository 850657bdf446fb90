/** A client that speaks to a service in bytes, as slowly or as wrongly as it likes. */
import { connect, type Socket } from 'node:net';

/** The outcome of a request that was sent one byte a second. */
export interface Dripped {
  /** The status of the answer; undefined when there was none. */
  status: number | undefined;
  /** How long the service kept the connection, in milliseconds. */
  ms: number;
}

/** A connection, which may break at any time. */
export function rawConnection(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  socket.on('error', () => {});
  return socket;
}

/** Sends bytes, and returns the status of the answer; undefined when there is none. */
export async function statusOfAnswerTo(url: string, bytes: string): Promise<number | undefined> {
  const socket = rawConnection(url);
  socket.write(bytes, 'latin1');
  const status = await statusOn(socket);
  socket.destroy();
  return status;
}

/** Sends the beginning of a request, and then one byte a second until the service closes the connection. */
export async function drip(url: string, beginning: string): Promise<Dripped> {
  const began = performance.now();
  const socket = rawConnection(url);
  socket.write(beginning);
  const dripping = setInterval(() => socket.write('x'), 1_000);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const status = await statusOn(socket);
  await closed;
  clearInterval(dripping);
  return { status, ms: performance.now() - began };
}

/** The status of the answer on a connection, which is in its first bytes; undefined when it is closed without one. */
function statusOn(socket: Socket): Promise<number | undefined> {
  return new Promise((resolve) => {
    socket.once('data', (bytes) => {
      const [, status] = bytes.toString('latin1').match(/^HTTP\/1\.1 (\d{3}) /) ?? [];
      resolve(status === undefined ? undefined : Number(status));
    });
    socket.once('close', () => resolve(undefined));
  });
}
