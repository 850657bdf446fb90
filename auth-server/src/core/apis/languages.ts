/** Chooses the language of texts that are there in several, by lookup (RFC 4647 §3.4). */
import type { LocalizedText } from './api.ts';

/** A text in the language that was chosen for its reader. */
export interface TextInLanguage {
  text: string;
  /** The tag of its language (RFC 5646); undefined where that is the language of our pages. */
  lang?: string;
}

/** The language of our pages. A text without a tag is taken to be in it. */
const OF_PAGES = 'en';

/** How many languages of a request are looked at, and how long the text may be that names them. */
const MAX_RANGES = 20;
const MAX_LENGTH = 1_000;

const RANGE = /^[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,7}$/;
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * The tags to look for, the best first: those of `ui_locales` (OpenID Connect Core §3.1.2.1), then those of `Accept-Language`
 * (RFC 9110 §12.5.4) by their weights. Each is followed by what it falls back to, `de-AT` by `de`. Whatever is malformed is left out.
 */
export function languagesOf(uiLocales: string | undefined, acceptLanguage: string | undefined): string[] {
  const weighed = entriesOf(acceptLanguage, ',').map(weighedRange);
  const refused = weighed.filter(({ weight }) => weight === 0).map(({ range }) => range);
  const accepted = weighed
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .flatMap(({ range }) => lookupOf(range))
    .filter((tag) => !refused.includes(tag));
  return [...new Set([...entriesOf(uiLocales, ' ').flatMap(lookupOf), ...accepted])];
}

/** A text in the first of these languages that it is there in; else as it is without a tag. */
export function inLanguage(
  { text, translations }: LocalizedText,
  languages: readonly string[],
): TextInLanguage {
  const found = languages.find((tag) => Object.hasOwn(translations, tag) || tag === OF_PAGES);
  const translation = found === undefined ? undefined : translations[found];
  if (found === undefined || translation === undefined) return { text };
  return found === OF_PAGES ? { text: translation } : { text: translation, lang: found };
}

function entriesOf(text: string | undefined, separator: string): string[] {
  return (text ?? '')
    .slice(0, MAX_LENGTH)
    .split(separator, MAX_RANGES)
    .map((entry) => entry.trim().toLowerCase());
}

function weighedRange(entry: string): { range: string; weight: number } {
  const [range = '', parameter] = entry.split(/\s*;\s*/);
  const weight = parameter === undefined ? '1' : WEIGHT.exec(parameter)?.[1];
  // A weight that nobody can read makes its language no better than none.
  return weight === undefined ? { range: '', weight: 1 } : { range, weight: Number(weight) };
}

/** A range, and what is left of it when one subtag after the other is taken off its end. The wildcard matches nothing in a lookup. */
function lookupOf(range: string): string[] {
  if (!RANGE.test(range)) return [];
  const subtags = range.split('-');
  return (
    subtags
      .map((_, index) => subtags.slice(0, subtags.length - index))
      // A single letter or digit introduces what comes behind it, and says nothing by itself.
      .filter((some) => some.length === 1 || (some.at(-1)?.length ?? 0) > 1)
      .map((some) => some.join('-'))
  );
}
