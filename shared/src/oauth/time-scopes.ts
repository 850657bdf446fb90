/** What a client may do with each scope of the API, as the end of a sentence that begins "… asks to:". */
import type { timeAnswers } from './time-answers.ts';

/** Each endpoint needs the scope that is named like it. */
export const TIME_SCOPES: Record<keyof typeof timeAnswers, string> = {
  current_time: 'See the current time',
  epoch_time: 'See the time as seconds since 1970',
};
