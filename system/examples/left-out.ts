/** Says after the last test which examples were left out, and why. */
import { languages, missing } from './languages.ts';

export function teardown(): void {
  for (const language of languages) {
    const needs = missing(language);
    if (needs !== undefined) console.log(`LEFT OUT: the example in ${language}, which needs ${needs}`);
  }
}
