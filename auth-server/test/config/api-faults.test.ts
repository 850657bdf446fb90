/** How each fault of an API's definition is told about. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsOf } from 'shared/test/faults-of.ts';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { apisFile } from '../../src/config/apis-file.ts';

const schema = z.object({ APIS_FILE: apisFile });
const good = {
  resource: 'https://orders.example.com',
  name: 'Orders',
  scopes: { 'orders:read': 'See your orders' },
};

test.each([
  [{ access_token_tll: 300 }, 'access_token_tll of entry 1 is not a member; did you mean access_token_ttl?'],
  [{ resource: undefined }, 'resource of entry 1 is missing'],
  [{ resource: 'orders' }, 'resource of entry 1 must be an absolute URI'],
  [{ resource: 'http://example.com' }, 'resource of entry 1 must not be http, except at a loopback address'],
  [{ 'name#de': '' }, 'name#de of entry 1 must have 1 to 200 visible characters'],
  [{ scopes: {} }, 'scopes of entry 1 must have one scope or more'],
  [{ scopes: ['a:read'] }, 'scopes of entry 1 must be an object'],
  [
    { scopes: { 'a:read': null } },
    'a:read of scopes of entry 1 must be a text, or an object with description',
  ],
  [{ scopes: { 'a read': 'See it' } }, 'a read of scopes of entry 1 is not a scope (RFC 6749 §3.3)'],
  [{ scopes: { email: 'See it' } }, 'email of scopes of entry 1 is a scope of OpenID Connect'],
  [{ default_scopes: ['a:b'] }, 'default_scopes of entry 1 names a:b, which the API does not have'],
  [{ access_token_ttl: 4 }, 'access_token_ttl of entry 1 must be 5 or more'],
  [{ access_token_ttl: 86_401 }, 'access_token_ttl of entry 1 must be 86400 or less'],
  [{ access_token_format: 'JWT' }, 'access_token_format of entry 1 must be jwt or opaque'],
  [
    { exchange: [{ from: 'orders', clients: ['shop'], scopes: ['orders:read'] }] },
    'from of entry 1 of exchange of entry 1 must be an absolute URI without a fragment',
  ],
  [
    { exchange: [{ from: 'https://shop.example.com', clients: ['shop'], scopes: ['a:b'] }] },
    'scopes of entry 1 of exchange of entry 1 names a:b, which the API does not have',
  ],
  [
    { exchange: [{ from: 'https://orders.example.com/', clients: ['shop'], scopes: ['orders:read'] }] },
    'from of entry 1 of exchange of entry 1 is the API itself',
  ],
  [
    { exchange: [{ from: 'https://shop.example.com', clients: [], scopes: ['orders:read'] }] },
    'clients of entry 1 of exchange of entry 1 must not be empty',
  ],
  [
    {
      exchange: [{ from: 'https://shop.example.com', clients: ['a'], scopes: ['orders:read'], client: 'b' }],
    },
    'client of entry 1 of exchange of entry 1 is not a member; did you mean clients?',
  ],
  [{ grants: ['users'] }, 'entry 1 of grants of entry 1 must be user or client'],
])('%j is told about in words', (member, fault) => {
  expect(faultsOf(schema, { APIS_FILE: fileWith([{ ...good, ...member }]) })).toEqual([
    `APIS_FILE: ${fault}`,
  ]);
});

test('a definition that is longer than all replicas may keep in memory is told about in words', () => {
  const long = Array.from({ length: 150 }, (_, index) => [
    `scope:${index}`,
    { description: 'a'.repeat(200), 'description#de': 'b'.repeat(200), 'description#fr': 'c'.repeat(200) },
  ]);
  const api = { ...good, scopes: Object.fromEntries(long) };
  expect(faultsOf(schema, { APIS_FILE: fileWith([api]) })).toEqual([
    'APIS_FILE: entry 1 must have at most 100000 characters of JSON',
  ]);
});

function fileWith(apis: object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'apis-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'apis.json');
  writeFileSync(file, JSON.stringify(apis));
  return file;
}
