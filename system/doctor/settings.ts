/** The settings of the services that the doctor uses. */

import { commaList, commonSettings, misspelt, parseSettings, serviceUrl } from 'shared/config/settings.ts';
import { z } from 'zod';
import { everySetting } from '../start/service-faults.ts';
import { portSettings } from '../start/start-settings.ts';

/** Read as the services and `npm start` read them. Each is explained in the `config.ts` of its service. */
export const settingsSchema = portSettings
  .extend({
    APP_ENV: commonSettings.APP_ENV,
    ISSUER: serviceUrl.optional(),
    RESOURCE: serviceUrl.optional(),
    APIS_FILE: z.string().optional(),
    CLOCK_API: z.enum(['on', 'off']).default('on'),
    WEBAPP_CLIENT_ID: z.string().default('1234'),
    WEBAPP_CLIENT_SECRET: z.string().default('qwerty'),
    WEBAPP_REDIRECT_URI: serviceUrl.optional(),
    RESOURCE_SERVER_CLIENT_ID: z.string().default('resource-server'),
    RESOURCE_SERVER_CLIENT_SECRET: z.string().default('asdfgh'),
    FORWARD_AUTH: commaList.pipe(z.array(serviceUrl)).default([]),
    USER_DIRECTORY: z.string().optional(),
    DATABASE_URL: z.string().optional(),
    PASSWORD_GRANT: z.enum(['on', 'off']).default('on'),
    INTROSPECTION_ENDPOINT: serviceUrl.optional(),
    JWKS_URI: serviceUrl.optional(),
    GRANT_TYPE: z.enum(['password', 'authorization_code']).default('password'),
    AUTHORIZATION_ENDPOINT: serviceUrl.optional(),
    TOKEN_ENDPOINT: serviceUrl.optional(),
    RESOURCE_SERVER_URL: serviceUrl.optional(),
    DEFAULT_USERNAME: z.string().default('bob'),
    DEFAULT_PASSWORD: z.string().default('builder'),
  })
  .transform(({ AUTH_SERVER_PORT, RESOURCE_SERVER_PORT, WEBAPP_PORT, ...settings }) => ({
    ...settings,
    USER_DIRECTORY:
      settings.USER_DIRECTORY ?? (settings.DATABASE_URL === undefined ? 'accept-anyone' : 'database'),
    // The same defaults as with `npm start`.
    ISSUER: settings.ISSUER ?? `http://localhost:${AUTH_SERVER_PORT}`,
    RESOURCE: settings.RESOURCE ?? `http://localhost:${RESOURCE_SERVER_PORT}`,
    WEBAPP_REDIRECT_URI: settings.WEBAPP_REDIRECT_URI ?? `http://localhost:${WEBAPP_PORT}/callback`,
  }));

export type Settings = z.output<typeof settingsSchema> & {
  /** Whether a setting is in the environment. A container has only the settings of its own service. */
  isSet(name: string): boolean;
  /** Says of each variable that is almost a setting which one is probably meant. */
  misspelt: string[];
};

/** Whether the auth server keeps its keys in a database, as far as it can be known from here. */
export function keysInDatabase({ DATABASE_URL }: Settings): boolean {
  return DATABASE_URL !== undefined;
}

/** Whether the auth server protects the clock, the API that the resource server is and that the webapp calls. */
export function hasClock({ CLOCK_API }: Settings): boolean {
  return CLOCK_API === 'on';
}

/**
 * The settings in an environment. Those that only services use are checked, too: with a fault in one of them a service does
 * not start.
 *
 * @throws {StartupFault} naming every fault
 */
export async function doctorSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const all = (await everySetting()).extend(portSettings.shape);
  // Its own first, whose defaults follow the ports.
  parseSettings(all.extend(settingsSchema.in.shape), environment);
  const settings = parseSettings(settingsSchema, environment);
  return {
    ...settings,
    isSet: (name) => Boolean(environment[name]),
    misspelt: misspelt(all, environment),
  };
}
