/** The language of a text for users: by `ui_locales`, then by Accept-Language (RFC 9110 §12.5.4), by lookup (RFC 4647 §3.4). */
import { expect, test } from 'vitest';
import { inLanguage, languagesOf } from '../../src/core/apis/languages.ts';

const orders = {
  text: 'Orders',
  translations: { de: 'Bestellungen', 'de-ch': 'Bschtellige', fr: 'Commandes', 'zh-hant': '訂單' },
};
const chosen = (uiLocales?: string, acceptLanguage?: string) =>
  inLanguage(orders, languagesOf(uiLocales, acceptLanguage));

const german = { text: 'Bestellungen', lang: 'de' };
const french = { text: 'Commandes', lang: 'fr' };
const untagged = { text: 'Orders' };

test.each<[what: string, uiLocales: string | undefined, acceptLanguage: string | undefined, text: object]>([
  ['nothing that is asked for', undefined, undefined, untagged],
  ['a tag', 'fr', undefined, french],
  ['a tag in capitals', 'DE-ch', undefined, { text: 'Bschtellige', lang: 'de-ch' }],
  ['a tag that falls back to its language', 'de-AT', undefined, german],
  [
    'a tag that falls back by several subtags',
    'zh-Hant-TW-x-private',
    undefined,
    { text: '訂單', lang: 'zh-hant' },
  ],
  ['the order of ui_locales', 'it fr de', undefined, french],
  ['the fallback of the first before the second', 'de-AT fr', undefined, german],
  ['ui_locales before Accept-Language', 'fr', 'de', french],
  ['Accept-Language where ui_locales has nothing', 'it', 'de', german],
  ['Accept-Language as browsers send it', undefined, 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', german],
  ['weights in another order', undefined, 'de;q=0.2, fr;q=0.8', french],
  ['the first of two with one weight', undefined, 'fr;q=0.5,de;q=0.5', french],
  ['English before a translation', undefined, 'en-US,en;q=0.9,de;q=0.5', untagged],
  ['a language that is refused', undefined, 'de;q=0', untagged],
  ['a fallback that is refused', undefined, 'de-AT, de;q=0, fr;q=0.1', french],
  ['a wildcard', '*', '*', untagged],
  ['a wildcard before a language', undefined, '*, fr;q=0.5', french],
  ['a weight out of range', undefined, 'de;q=7, fr;q=0.1', french],
  ['a weight that is none', undefined, 'de;q=, fr;level=1', untagged],
  ['a header without sense', '\u0000 -- de- -de', ',;,;q=1,,=,de_DE', untagged],
  ['names of what every object has', 'valueof tostring', undefined, untagged],
])('%s decides', (_what, uiLocales, acceptLanguage, text) => {
  expect(chosen(uiLocales, acceptLanguage)).toEqual(text);
});

test('a translation into English is in the language of the page', () => {
  const text = { text: 'Bestellungen', translations: { en: 'Orders' } };
  expect(inLanguage(text, languagesOf('en-GB', undefined))).toEqual({ text: 'Orders' });
});

test('many languages are looked at up to a bound', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `x${index}`);
  expect(languagesOf(many.join(' '), many.join(',')).length).toBeLessThanOrEqual(40);
  expect(languagesOf('a-b1'.repeat(100_000), 'de-'.repeat(100_000))).toEqual([]);
});
