/** What the API's endpoints answer. */
import { z } from 'zod';

/** The shape of each endpoint's answer, by the endpoint's name. */
export const timeAnswers = {
  current_time: z
    .object({ current_time: z.iso.datetime().meta({ description: 'In UTC, with milliseconds' }) })
    .meta({ id: 'CurrentTime' }),
  epoch_time: z
    .object({ epoch_time: z.int().meta({ description: 'Whole seconds since 1970' }) })
    .meta({ id: 'EpochTime' }),
};
