/** The scopes of the API in words that users understand. */
import type { timeAnswers } from './time-answers.ts';

/** What each scope allows, as the consent page lists it below "… asks to:". An endpoint needs the scope of its name. */
export const TIME_SCOPES: Record<keyof typeof timeAnswers, string> = {
  current_time: 'See the current time',
  epoch_time: 'See the time as seconds since 1970',
};
