/** How long a document is kept, by the headers of its answer (RFC 9111 §4.2). */
import { expect, test } from 'vitest';
import { freshFor } from '../../src/core/clients/document-freshness.ts';

const now = Date.parse('2026-11-22T06:11:11Z');

test.each<[number, Record<string, string>]>([
  [300, {}],
  [120, { 'cache-control': 'max-age=120' }],
  [120, { 'cache-control': 'public, max-age="120", immutable' }],
  [100, { 'cache-control': 'max-age=120', age: '20' }],
  [30, { 'cache-control': 'max-age=120', age: '1000' }],
  [30, { 'cache-control': 'max-age=0' }],
  [30, { 'cache-control': 'no-store' }],
  [30, { 'cache-control': 'max-age=600, no-cache' }],
  [3_600, { 'cache-control': 'max-age=31536000' }],
  [3_600, { 'cache-control': `max-age=${'9'.repeat(400)}` }],
  [300, { 'cache-control': 's-maxage=120' }],
  [120, { expires: 'Sun, 22 Nov 2026 06:13:11 GMT' }],
  [60, { expires: 'Sun, 22 Nov 2026 06:13:11 GMT', date: 'Sun, 22 Nov 2026 06:12:11 GMT' }],
  [30, { expires: '0' }],
  [30, { expires: 'Sun, 22 Nov 2020 06:13:11 GMT' }],
  [120, { 'cache-control': 'max-age=120', expires: '0' }],
])('it is %i seconds with %j', (seconds, headers) => {
  expect(freshFor(headers, now)).toBe(seconds);
});
