/** The settings of the services that the doctor uses. */

import { commonSettings, parseSettings, serviceUrl } from 'shared/config/settings.ts';
import { z } from 'zod';
import { portSettings } from '../start/start-settings.ts';

/** Read as the services and `npm start` read them. Each is explained in the `config.ts` of its service. */
export const settingsSchema = portSettings
  .extend({
    APP_ENV: commonSettings.APP_ENV,
    ISSUER: serviceUrl.optional(),
    RESOURCE: serviceUrl.optional(),
    WEBAPP_CLIENT_ID: z.string().default('1234'),
    WEBAPP_CLIENT_SECRET: z.string().default('qwerty'),
    WEBAPP_REDIRECT_URI: serviceUrl.optional(),
    RESOURCE_SERVER_CLIENT_ID: z.string().default('resource-server'),
    RESOURCE_SERVER_CLIENT_SECRET: z.string().default('asdfgh'),
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
};

/**
 * The settings in an environment.
 *
 * @throws {StartupFault} naming every fault
 */
export function doctorSettings(environment: NodeJS.ProcessEnv): Settings {
  const settings = parseSettings(settingsSchema, environment);
  return { ...settings, isSet: (name) => Boolean(environment[name]) };
}
