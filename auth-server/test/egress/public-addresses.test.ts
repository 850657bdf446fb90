/** Which addresses requests may be sent to when a stranger has named the host (RFC 6890). */
import { expect, test } from 'vitest';
import { isPublicAddress } from '../../src/core/egress/public-addresses.ts';

const PUBLIC = `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
  172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
  2000:: 2001:200:: 2606:4700::1111 2a00:1450:4001::1 3fff:1000:: 3fff:ffff::`;

const OTHERS = `0.0.0.0 0.1.2.3 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254
  172.16.0.0 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.1
  203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
  :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::127.0.0.1
  64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 2606:4700::1%1 feb0::1
  ff02::1 4000::1 1fff::1
  localhost 127.1 0x7f.1 2130706433 017700000001 1.1.1.1:443 [::1]`;

const words = (text: string) => text.split(/\s+/).map((word) => [word]);

test.each(words(PUBLIC))('%s is of the internet', (address) => expect(isPublicAddress(address)).toBe(true));

test.each([...words(OTHERS), ['']])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));
