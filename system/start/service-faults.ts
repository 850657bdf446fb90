/** What the three services will say about an environment, for a command that does not start them. */
import { parseSettings } from 'shared/config/settings.ts';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { z } from 'zod';

// Loaded only when they are asked for: `npm start` needs none of it when nothing is wrong.
const configs = {
  'auth-server': () => import('../../auth-server/src/config.ts'),
  'resource-server': () => import('../../resource-server/src/config.ts'),
  webapp: () => import('../../webapp/src/config.ts'),
};

/** The faults that each service finds in an environment. */
export async function serviceFaults(
  environment: NodeJS.ProcessEnv,
): Promise<{ service: string; fault: string }[]> {
  const found = await Promise.all(
    Object.entries(configs).map(async ([service, config]) =>
      faultsOf((await config()).settingsSchema, environment).map((fault) => ({ service, fault })),
    ),
  );
  return found.flat();
}

/**
 * All settings of the services, each by itself: without the rules between them, since one environment need not hold the
 * settings of all, and without those that name files, which may be on another machine.
 */
export async function everySetting(): Promise<z.ZodObject> {
  const schemas = await Promise.all(Object.values(configs).map((config) => config()));
  const shape = Object.assign({}, ...schemas.map(({ settingsSchema }) => settingsSchema.in.shape));
  const files = Object.keys(shape).filter((name) => name.endsWith('_FILE'));
  return z.object({ ...shape, ...Object.fromEntries(files.map((name) => [name, z.string().optional()])) });
}

function faultsOf(schema: z.ZodType, environment: NodeJS.ProcessEnv): string[] {
  try {
    parseSettings(schema, environment);
    return [];
  } catch (error) {
    if (error instanceof StartupFault) return error.faults;
    throw error;
  }
}
