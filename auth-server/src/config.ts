/** The auth server's settings. */
import {
  commaList,
  commonSettings,
  networks,
  port,
  serviceUrl,
  wholeNumber,
  withProductionRules,
  withRules,
} from 'shared/config/settings.ts';
import { z } from 'zod';
import { apisFile } from './config/apis-file.ts';
import { clientsFile } from './config/client-file.ts';
import { databaseSettings, databaseUrlOf } from './config/database-settings.ts';
import { hasPlainPath, isDocumentHost, isHost } from './config/host-forms.ts';
import { jsonFile } from './config/json-file.ts';
import { productionRules, rulesBetween } from './config/rules.ts';
import { redirectUriFault } from './core/clients/client-uris.ts';
import { SIGNING_ALGS } from './core/keys/signing-algs.ts';

/** Kept exactly as written, because a URL parser would silently correct it. */
const redirectUri = z.string().superRefine((uri, context) => {
  const fault = redirectUriFault(uri);
  if (fault !== undefined) context.addIssue(fault);
});

const jwksFile = jsonFile(z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }));

const sealingKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64, from openssl rand -base64 32')
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

const schema = z.object({
  ...commonSettings,
  /** The port to listen on. */
  PORT: port.default(5001),
  /** The issuer identifier (RFC 8414 §2): the URL that clients know this server by. */
  ISSUER: serviceUrl
    .refine(hasPlainPath, 'must have no path, or one of letters, digits, -, ., _ and ~')
    .optional(),
  /** Whether the proxy in front removes the path of `ISSUER` from requests, and does not say so in `X-Forwarded-Prefix`. */
  PROXY_STRIPS_PATH: z.enum(['on', 'off']).default('off'),
  /**
   * More `host:port` values to answer for, separated by commas, such as names that only containers use. One that is always
   * asked by https has `https://` in front.
   */
  ALLOWED_HOSTS: commaList
    .pipe(
      z.array(
        z.string().refine(isHost, 'must be host or host:port, with https:// or http:// or nothing in front'),
      ),
    )
    .default([]),
  /** The proxies whose `X-Forwarded-*` headers are trusted: addresses or networks, separated by commas. */
  TRUSTED_PROXIES: networks.default([]),
  /** The identifier of the API (RFC 8707): the `aud` of its access tokens. */
  RESOURCE: serviceUrl.default('http://localhost:5002'),
  /** The algorithm that signs access tokens. ES256 costs half as much as RS256, and verifiers everywhere know it. */
  SIGNING_ALG: z.enum(SIGNING_ALGS).default('ES256'),
  /** A file with private keys, as a JSON Web Key Set. Without it, or a database, keys last as long as the process. */
  JWKS_FILE: jwksFile.optional(),
  /** How long a key signs before it is replaced, in days. */
  KEY_ROTATION_DAYS: wholeNumber(1, 3650).default(90),
  /** How long a new key is published before it signs, in seconds. Make it longer than clients cache the key set. */
  KEY_PUBLISH_SECONDS: wholeNumber(0, 86_400).default(900),
  ...databaseSettings,
  /** How many connections to the database there may be at once. One is enough for everything to work. */
  DATABASE_CONNECTIONS: wholeNumber(1, 1_000).default(10),
  /** The keys that encrypt private keys in the database, the one in use first: 32 bytes each, in base64. */
  SEALING_KEYS: commaList.pipe(z.tuple([sealingKey], sealingKey)).optional(),
  /** When the database is migrated: by the service at `start`, or by an operator (`manual`) with `npm run migrate`. */
  MIGRATIONS: z.enum(['start', 'manual']).default('start'),
  /** A file with more clients: a JSON array of client metadata (RFC 7591 §2). */
  CLIENTS_FILE: clientsFile.optional(),
  /** A file with the APIs that clients can get tokens for, beside the clock: a JSON array. */
  APIS_FILE: apisFile.optional(),
  /** `off` leaves out the clock, the API that is built in. */
  CLOCK_API: z.enum(['on', 'off']).default('on'),
  /** Who the users are: `accept-anyone`, those in the `database`, or `none` if clients only act for themselves. */
  USER_DIRECTORY: z.enum(['accept-anyone', 'database', 'none']).optional(),
  /** The memory that hashing a password takes, in KiB. This and the next two decide how much effort a guess takes. */
  ARGON2_MEMORY_KIB: wholeNumber(19_456, 1_048_576).default(19_456),
  /** How many passes hashing makes over that memory. */
  ARGON2_PASSES: wholeNumber(1, 100).default(2),
  /** How many lanes hashing divides that memory into. */
  ARGON2_PARALLELISM: wholeNumber(1, 16).default(1),
  /** The port of the admin API. Without it there is no admin API. */
  ADMIN_PORT: port.optional(),
  /** The address that the admin API listens on. */
  ADMIN_HOST: z.string().default('127.0.0.1'),
  /** The identifier of the admin API (RFC 8707): the `aud` of its tokens. */
  ADMIN_RESOURCE: serviceUrl.optional(),
  /** The username of an administrator to create at start, if there is no administrator yet. */
  FIRST_ADMIN_USERNAME: z.string().optional(),
  /** The password of that administrator. */
  FIRST_ADMIN_PASSWORD: z.string().optional(),
  /** `off` refuses the legacy password grant to every client. */
  PASSWORD_GRANT: z.enum(['on', 'off']).default('on'),
  /** Who may register clients (RFC 7591): anyone (`open`), those with the `INITIAL_ACCESS_TOKEN` (`token`), or nobody. */
  REGISTRATION: z.enum(['open', 'token', 'off']).optional(),
  /** The token that callers present who register clients. */
  INITIAL_ACCESS_TOKEN: z.string().min(16, 'must have 16 characters or more').optional(),
  /**
   * Turns client ID metadata documents on, for those of these hosts, separated by commas; `*` is all hosts. One that has a
   * port other than 443 is `host:port`.
   */
  CIMD_ALLOWED: commaList
    .pipe(
      z.array(
        z
          .string()
          .refine(isDocumentHost, 'must be * or names of hosts in lower case, with a port unless it is 443'),
      ),
    )
    .default([]),
  /** Whose refresh tokens are replaced at each use: those of `public` clients, or of `all` (RFC 9700 §4.14.2). */
  REFRESH_TOKEN_ROTATION: z.enum(['public', 'all']).default('public'),
  /** How long a refresh token that was replaced may still be used, in seconds, since clients refresh in parallel. */
  REFRESH_TOKEN_OVERLAP_SECONDS: wholeNumber(0, 300).default(10),
  /** `off` sends every request through the certified library, with none of the shortcuts taken for speed. */
  FAST_PATH: z.enum(['on', 'off']).default('on'),
  /** The webapp's client id. */
  WEBAPP_CLIENT_ID: z.string().default('1234'),
  /** The webapp's client secret. */
  WEBAPP_CLIENT_SECRET: z.string().default('qwerty'),
  /** The URI to which the authorization endpoint may send users back to the webapp. */
  WEBAPP_REDIRECT_URI: redirectUri.default('http://localhost:5003/callback'),
  /** The resource server's client id. */
  RESOURCE_SERVER_CLIENT_ID: z.string().default('resource-server'),
  /** The resource server's client secret. */
  RESOURCE_SERVER_CLIENT_SECRET: z.string().default('asdfgh'),
});

/** The settings, with the rules between them and the defaults that follow other settings. */
export const settingsSchema = withRules(withProductionRules(schema, productionRules), rulesBetween).transform(
  (settings) => ({
    ...settings,
    DATABASE_URL: databaseUrlOf(settings),
    ISSUER: settings.ISSUER ?? `http://localhost:${settings.PORT}`,
    ADMIN_RESOURCE: settings.ADMIN_RESOURCE ?? `http://localhost:${settings.ADMIN_PORT ?? 5006}`,
    REGISTRATION: settings.REGISTRATION ?? (settings.INITIAL_ACCESS_TOKEN === undefined ? 'off' : 'token'),
    USER_DIRECTORY:
      settings.USER_DIRECTORY ?? (settings.DATABASE_URL === undefined ? 'accept-anyone' : 'database'),
  }),
);

/** The settings of a running auth server, with defaults filled in. */
export type Settings = z.output<typeof settingsSchema>;
