/** Which addresses this server sends requests to when a stranger has named the host. */
import { BlockList, isIP } from 'node:net';

/** IPv4 for special use (RFC 6890 and its registry): private, shared, loopback, link-local, documentation, multicast and others. */
const SPECIAL_V4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
  224.0.0.0/4 240.0.0.0/4`;

/**
 * Of IPv6 only 2000::/3 is given to hosts of the internet. So IPv4-mapped addresses (::ffff:0:0/96) and those that NAT64
 * (64:ff9b::/96) translates are refused in every spelling, since they stand for addresses of IPv4.
 */
const GLOBAL_V6 = '2000::/3';

/** What is for special use within it: protocols (Teredo among them), documentation, 6to4 and the sink of AS112. */
const SPECIAL_V6 = '2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20';

const specialV4 = listOf(SPECIAL_V4, 'ipv4');
const globalV6 = listOf(GLOBAL_V6, 'ipv6');
const specialV6 = listOf(SPECIAL_V6, 'ipv6');

/** Whether an address is one of a host on the internet. What is no address is not. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !specialV4.check(address, 'ipv4');
  // An address with a zone is of a network here.
  if (version !== 6 || address.includes('%')) return false;
  return globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

function listOf(networks: string, version: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks.split(/\s+/)) {
    const [start = '', bits] = network.split('/');
    list.addSubnet(start, Number(bits), version);
  }
  return list;
}
