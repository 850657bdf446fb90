/** The `Host` field of a request (RFC 9110 §7.2), by which a server and the proxies before it must understand the same. */
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** `uri-host [ ":" port ]`, as RFC 3986 §3.2.2 writes a name or an IPv4 address, and what may be an IPv6 address. */
const HOST = /^(?:\[([\da-f:.]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/**
 * Whether a request has one well-formed `Host`, as HTTP/1.1 requires it (RFC 9112 §3.2). HTTP/1.0 may leave it out. An empty
 * one is well-formed.
 */
export function hasOneHost({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): boolean {
  if (host === undefined) return httpVersion === '1.0';
  const [matched, ipv6] = HOST.exec(host) ?? [];
  return matched !== undefined && (ipv6 === undefined || isIPv6(ipv6)) && countHosts(rawHeaders) === 1;
}

/** Node keeps only the first of several in `headers`. */
function countHosts(rawHeaders: string[]): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}
