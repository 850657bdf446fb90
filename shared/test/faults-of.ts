/** The faults that keep a service from starting with an environment. */
import type { z } from 'zod';
import { parseSettings } from '../src/config/settings.ts';
import { StartupFault } from '../src/config/startup-fault.ts';

/**
 * The faults of an environment.
 *
 * @throws when it has none, or parsing fails otherwise
 */
export function faultsOf(schema: z.ZodType, environment: NodeJS.ProcessEnv): string[] {
  try {
    parseSettings(schema, environment);
  } catch (error) {
    if (error instanceof StartupFault) return error.faults;
    throw error;
  }
  throw new Error('there was no fault');
}
