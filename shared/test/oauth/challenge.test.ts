/** Challenges contain only the characters that RFC 6750 §3 allows. */
import { expect, test } from 'vitest';
import { challenge } from '../../src/oauth/challenge.ts';

test('a challenge has its parameters in quotes', () => {
  expect(challenge('DPoP', { error: 'invalid_token', algs: 'ES256 EdDSA' })).toBe(
    'DPoP error="invalid_token", algs="ES256 EdDSA"',
  );
});

test.each([
  ['a quotation mark', 'send "Bearer"', "send 'Bearer'"],
  ['a backslash', 'a\\b', "a'b"],
  ['the end of a line', 'a\r\nb', "a''b"],
  ['a letter that is not ASCII', 'café', "caf'"],
])('%s in a parameter is replaced', (_, error_description, shown) => {
  expect(challenge('Bearer', { error_description })).toBe(`Bearer error_description="${shown}"`);
});
