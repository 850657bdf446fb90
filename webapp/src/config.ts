/** The webapp's settings. */
import { commonSettings, endpointAt, port, serviceUrl, withProductionRules } from 'shared/config.ts';
import { z } from 'zod';

const schema = z.object({
  ...commonSettings,
  /** The port to listen on. */
  PORT: port.default(5003),
  /** The issuer to get tokens from. */
  ISSUER: serviceUrl.default('http://localhost:5001'),
  /** Where to get tokens; by default `/token` at the issuer. */
  TOKEN_ENDPOINT: serviceUrl.optional(),
  /** The identifier of the API (RFC 8707), which is also its URL. */
  RESOURCE: serviceUrl.default('http://localhost:5002'),
  /** Where to reach the API, when that is not its identifier. */
  RESOURCE_SERVER_URL: serviceUrl.optional(),
  /** The client id to get tokens with. */
  WEBAPP_CLIENT_ID: z.string().default('1234'),
  /** The client secret to get tokens with. */
  WEBAPP_CLIENT_SECRET: z.string().default('qwerty'),
  /** Who a call without credentials is for. */
  DEFAULT_USERNAME: z.string().default('bob'),
  /** That user's password. */
  DEFAULT_PASSWORD: z.string().default('builder'),
});

export const settingsSchema = withProductionRules(schema, [
  {
    setting: 'ISSUER',
    broken: ({ ISSUER }) => !ISSUER?.startsWith('https:'),
    fault: "must be an https URL in production: set it to the auth server's ISSUER",
  },
  {
    setting: 'WEBAPP_CLIENT_SECRET',
    broken: ({ WEBAPP_CLIENT_SECRET }) => WEBAPP_CLIENT_SECRET === 'qwerty',
    fault:
      'must not be the demo secret in production: set it here and on the auth server to a long random value',
  },
  {
    setting: 'DEFAULT_PASSWORD',
    broken: ({ DEFAULT_PASSWORD }) => DEFAULT_PASSWORD === 'builder',
    fault: 'must not be the demo password in production: set it to that of DEFAULT_USERNAME',
  },
]).transform((settings) => ({
  ...settings,
  TOKEN_ENDPOINT: settings.TOKEN_ENDPOINT ?? endpointAt(settings.ISSUER, 'token'),
  RESOURCE_SERVER_URL: settings.RESOURCE_SERVER_URL ?? settings.RESOURCE,
}));

export type Settings = z.output<typeof settingsSchema>;
