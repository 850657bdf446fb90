/** The setting that lets proxies ask. */
import { parseSettings } from 'shared/config/settings.ts';
import { faultsOf } from 'shared/test/faults-of.ts';
import { expect, test } from 'vitest';
import { settingsSchema } from '../src/config.ts';

test('FORWARD_AUTH is a list of identifiers', () => {
  const FORWARD_AUTH = 'https://orders.example, http://localhost:8080/stock';
  expect(parseSettings(settingsSchema, { FORWARD_AUTH })).toMatchObject({
    FORWARD_AUTH: ['https://orders.example', 'http://localhost:8080/stock'],
  });
});

test.each([
  ['a name', 'orders'],
  ['a URI that is no URL', 'urn:orders'],
  ['a URL with a query', 'https://orders.example?a=b'],
  ['one identifier twice', 'https://orders.example,https://stock.example,https://orders.example'],
  ['one API by two identifiers', 'https://orders.example,https://ORDERS.example:443/'],
])('%s is a fault', (_, FORWARD_AUTH) => {
  expect(faultsOf(settingsSchema, { FORWARD_AUTH })).toEqual([
    expect.stringMatching(/^FORWARD_AUTH: (entry 1 )?must/),
  ]);
});
