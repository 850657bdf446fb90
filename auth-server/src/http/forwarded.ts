/** Believes `X-Forwarded-*` of the proxies in front of us, and of nobody else. */
import { BlockList, isIP } from 'node:net';
import type { Middleware } from 'koa';

const HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/**
 * Takes the headers from requests that no trusted proxy sent. What is asked of an https issuer by its own name
 * was asked by https, whether or not the proxy says so: there is no other way to it.
 *
 * @param proxies addresses or networks (`10.0.0.1`, `10.0.0.0/8`)
 */
export function forwarded(issuer: string, proxies: string[]): Middleware {
  const trusted = blockList(proxies);
  const { protocol, host } = new URL(issuer);

  return function forwardedMiddleware(ctx, next) {
    const { headers, socket } = ctx.req;
    const sent = HEADERS.filter((name) => name in headers);
    if (sent.length > 0 && !isTrusted(socket.remoteAddress ?? ''))
      for (const name of sent) delete headers[name];
    if (protocol === 'https:' && ctx.host === host) headers['x-forwarded-proto'] = 'https';
    return next();
  };

  function isTrusted(address: string): boolean {
    const plain = address.replace(/^::ffff:/, '');
    return isIP(plain) !== 0 && trusted.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  }
}

function blockList(proxies: string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
