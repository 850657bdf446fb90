/** A TCP proxy between two services, which can become faulty while it runs. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliver, type LinkFault } from './link-faults.ts';

/** A proxy to one port of the loopback address. */
export class Link {
  readonly port: number;
  readonly #to: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: LinkFault = { kind: 'none' };
  #answers = 0;

  private constructor(server: Server, to: number) {
    this.port = (server.address() as AddressInfo).port;
    this.#to = to;
    this.#server = server;
    server.on('connection', (socket) => this.#join(socket));
  }

  /** A link without fault to a service's port. */
  static async open(to: number): Promise<Link> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Link(server, to);
  }

  /** Makes the link faulty, or whole again. */
  async become(fault: LinkFault): Promise<void> {
    this.#fault = fault;
    if (fault.kind === 'refuse') await this.close();
    else if (!this.#server.listening) {
      this.#server.listen(this.port, '127.0.0.1');
      await once(this.#server, 'listening');
    }
  }

  /** Ends all connections, and listens no more. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const service = connect({ port: this.#to, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, service]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    }
    // A connection that has lost bytes must not deliver later ones.
    let lost = false;
    const losesBytes = () => {
      lost ||= this.#fault.kind === 'drop';
      return lost;
    };
    client.on('data', (bytes) => {
      if (!losesBytes()) service.write(bytes);
    });
    client.on('close', () => service.destroy());
    service.on('data', (bytes) => {
      if (!losesBytes()) void this.#answer(client, bytes);
    });
    service.on('close', () => {
      if (!losesBytes()) this.#afterDelay(() => client.end());
    });
  }

  async #answer(client: Socket, answer: Buffer): Promise<void> {
    this.#answers += 1;
    const { bytes, afterMs, close } = deliver(this.#fault, answer, this.#answers);
    if (afterMs !== undefined) await sleep(afterMs, undefined, { ref: false });
    if (client.destroyed) return;
    if (close === 'reset') client.resetAndDestroy();
    else if (close === 'end') client.end(bytes);
    else client.write(bytes);
  }

  /** Acts after the answers that are on their way. */
  #afterDelay(act: () => void): void {
    if (this.#fault.kind === 'delay') setTimeout(act, this.#fault.ms).unref();
    else act();
  }
}
