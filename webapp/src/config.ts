/** The webapp's settings. */
import {
  commonSettings,
  endpointAt,
  mustBeHttps,
  mustBeLongSecret,
  networks,
  port,
  serviceUrl,
  withProductionRules,
} from 'shared/config/settings.ts';
import { z } from 'zod';
import { GRANT_TYPES } from './core/grant-types.ts';

const schema = z.object({
  ...commonSettings,
  /** The port to listen on. */
  PORT: port.default(5003),
  /** The issuer to get tokens from. */
  ISSUER: serviceUrl.default('http://localhost:5001'),
  /** Where browsers are sent for a code; by default `/authorize` at the issuer. */
  AUTHORIZATION_ENDPOINT: serviceUrl.optional(),
  /** Where to get tokens; by default `/token` at the issuer. */
  TOKEN_ENDPOINT: serviceUrl.optional(),
  /** The proxies whose `X-Forwarded-For` header is trusted: addresses or networks, separated by commas. */
  TRUSTED_PROXIES: networks.default([]),
  /** The identifier of the API (RFC 8707), which is also its URL. */
  RESOURCE: serviceUrl.default('http://localhost:5002'),
  /** Where to reach the API, when that is not its identifier. */
  RESOURCE_SERVER_URL: serviceUrl.optional(),
  /** The client id to get tokens with. */
  WEBAPP_CLIENT_ID: z.string().default('1234'),
  /** The client secret to get tokens with. */
  WEBAPP_CLIENT_SECRET: z.string().default('qwerty'),
  /** Where browsers come back with a code; by default `/callback` on `localhost` at the service's port. */
  WEBAPP_REDIRECT_URI: serviceUrl.optional(),
  /** How a call gets its token, unless its query says otherwise. */
  GRANT_TYPE: z.enum(GRANT_TYPES).default('password'),
  /** Who a call without credentials is for: 3 to 100 characters. */
  DEFAULT_USERNAME: z
    .string()
    .refine((name) => [...name].length >= 3 && [...name].length <= 100, 'must have 3 to 100 characters')
    .default('bob'),
  /** That user's password. */
  DEFAULT_PASSWORD: z.string().default('builder'),
});

/** The settings, with the rules of production and the defaults that follow other settings. */
export const settingsSchema = withProductionRules(schema, [
  mustBeHttps('ISSUER', "must be an https URL in production: set it to the auth server's ISSUER"),
  {
    setting: 'AUTHORIZATION_ENDPOINT',
    broken: ({ AUTHORIZATION_ENDPOINT = 'https:' }) => !AUTHORIZATION_ENDPOINT.startsWith('https:'),
    fault: 'must be an https URL in production: set it to what browsers use',
  },
  {
    setting: 'WEBAPP_REDIRECT_URI',
    // Loopback traffic does not leave the machine (RFC 8252 §8.3).
    broken: ({ WEBAPP_REDIRECT_URI = 'https:' }) =>
      !/^(https:|http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/])/.test(WEBAPP_REDIRECT_URI),
    fault: 'must be an https URL in production: set it here and on the auth server to what browsers use',
  },
  mustBeLongSecret('WEBAPP_CLIENT_SECRET', 'auth server'),
  {
    setting: 'DEFAULT_PASSWORD',
    broken: ({ DEFAULT_PASSWORD }) => DEFAULT_PASSWORD === 'builder',
    fault: 'must not be the demo password in production: set it to that of DEFAULT_USERNAME',
  },
]).transform((settings) => ({
  ...settings,
  AUTHORIZATION_ENDPOINT: settings.AUTHORIZATION_ENDPOINT ?? endpointAt(settings.ISSUER, 'authorize'),
  WEBAPP_REDIRECT_URI: settings.WEBAPP_REDIRECT_URI ?? `http://localhost:${settings.PORT}/callback`,
  TOKEN_ENDPOINT: settings.TOKEN_ENDPOINT ?? endpointAt(settings.ISSUER, 'token'),
  RESOURCE_SERVER_URL: settings.RESOURCE_SERVER_URL ?? settings.RESOURCE,
}));

export type Settings = z.output<typeof settingsSchema>;
