/** Where a request came from, as far as the proxies in front of us can be believed. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { all, compile } from 'proxy-addr';

/** The way of a request through the proxies that are trusted. */
export interface Origin {
  /** The client's IP address; empty in the rare case that the connection is gone already. */
  address: string;
  /** How many trusted proxies the request came through. */
  proxies: number;
}

/** An address with its port, as some proxies write it: `203.0.113.7:54321`, or `[2001:db8::1]:443`. The port may be missing. */
const WITH_PORT = /\[([^\],]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+/g;

/**
 * Finds out where requests come from. `X-Forwarded-For`, to which each proxy adds the one that it was asked by, is walked
 * from our end to the first that is no trusted proxy: that is the client. Whatever stands before it a stranger may have
 * written.
 *
 * @param trusted addresses or networks (`10.0.0.1`, `10.0.0.0/8`)
 */
export function originOf(trusted: string[]): (request: IncomingMessage) => Origin {
  const isTrusted = compile(trusted);
  return (request) => {
    const hops = all(withoutPorts(request), isTrusted);
    // What a proxy may write in the place of an address, such as `unknown`, is none.
    const address = hops.findLast((hop) => isIP(hop ?? '') !== 0) ?? '';
    return { address, proxies: hops.filter(isTrusted).length };
  };
}

/** The request as far as its way can be seen, in addresses alone. */
function withoutPorts(request: IncomingMessage): IncomingMessage {
  const chain = request.headers['x-forwarded-for'];
  if (typeof chain !== 'string') return request;
  const { socket } = request;
  const headers = { 'x-forwarded-for': chain.replace(WITH_PORT, '$1$2') };
  return { socket, headers } as unknown as IncomingMessage;
}
