/** The auth server's settings. */
import {
  commaList,
  commonSettings,
  isLongSecret,
  jsonFile,
  mustBeHttps,
  mustBeLongSecret,
  networks,
  port,
  SHORT_SECRET_FAULT,
  serviceUrl,
  wholeNumber,
  withProductionRules,
} from 'shared/config/settings.ts';
import { z } from 'zod';
import { redirectUriFault } from './core/clients/client-uris.ts';
import { SIGNING_ALGS } from './core/keys/signing-algs.ts';

const clients = z.array(
  z.looseObject({
    client_id: z.string().min(1),
    client_secret: z.string().optional(),
    grant_types: z.array(z.string()).default(['authorization_code']),
    response_types: z.array(z.string()).default(['code']),
    redirect_uris: z.array(z.string()).default([]),
  }),
);

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

/** The ids of clients whose secrets are too short; none where the file has another fault, which is reported by itself. */
function clientsWithShortSecrets(file: unknown): string[] {
  return (clients.safeParse(file).data ?? [])
    .filter(({ client_secret: secret }) => secret !== undefined && !isLongSecret(secret))
    .map(({ client_id: id }) => id);
}

/** The key in compose.yaml, which is public. */
const DEMO_SEALING_KEY = Buffer.from('only-for-trying-out-not-a-secret');

/** Which database there is. The commands take it from the same settings. */
export const databaseSettings = {
  /**
   * Where all that must last is kept: `postgres://user:password@host:port/database`. Without it, in memory. What has a
   * meaning in a URL is percent-encoded in the password.
   */
  DATABASE_URL: z
    .string()
    .refine(
      isDatabaseUrl,
      'must be postgres://user:password@host:port/database; a password with signs in it goes into DATABASE_PASSWORD',
    )
    .optional(),
  /** The password, as it is, in the place of that in the URL. */
  DATABASE_PASSWORD: z.string().optional(),
};

/** The URL of the database, with the password that is set apart from it. */
export function databaseUrlOf({
  DATABASE_URL,
  DATABASE_PASSWORD,
}: {
  DATABASE_URL?: string | undefined;
  DATABASE_PASSWORD?: string | undefined;
}): string | undefined {
  if (DATABASE_URL === undefined || DATABASE_PASSWORD === undefined) return DATABASE_URL;
  return Object.assign(new URL(DATABASE_URL), { password: encodeURIComponent(DATABASE_PASSWORD) }).href;
}

/** One host, and nothing of a password that was not encoded and so became a part of something else. */
function isDatabaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) return false;
  return !/[@#]/.test(url.pathname + url.search + url.hash) && !url.hostname.includes(',') && decodes(url);
}

function decodes({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(username + password + pathname);
    return true;
  } catch {
    return false;
  }
}

const schema = z.object({
  ...commonSettings,
  /** The port to listen on. */
  PORT: port.default(5001),
  /** The issuer identifier (RFC 8414 §2): the URL that clients know this server by. */
  ISSUER: serviceUrl.optional(),
  /** More `host:port` values to answer for, separated by commas, such as names that only containers use. */
  ALLOWED_HOSTS: commaList
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9.[\]:-]+$/, 'must be host or host:port')))
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
  CLIENTS_FILE: jsonFile(clients).optional(),
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
  /** Turns on dynamic client registration (RFC 7591), for callers that present this token. */
  INITIAL_ACCESS_TOKEN: z.string().min(16, 'must have 16 characters or more').optional(),
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

/** The settings: their defaults, the rules between them, and what production forbids. */
export const settingsSchema = withProductionRules(schema, [
  mustBeHttps(
    'ISSUER',
    'must be an https URL in production: set it to the URL at which clients reach this server',
  ),
  {
    setting: 'JWKS_FILE',
    broken: ({ JWKS_FILE, DATABASE_URL }) => JWKS_FILE === undefined && DATABASE_URL === undefined,
    fault:
      'must be set in production, unless DATABASE_URL is: keys made at start are lost when the server stops',
  },
  {
    setting: 'USER_DIRECTORY',
    broken: ({ USER_DIRECTORY, DATABASE_URL }) =>
      (USER_DIRECTORY ?? (DATABASE_URL === undefined ? 'accept-anyone' : 'database')) === 'accept-anyone',
    fault:
      'must not be accept-anyone in production: set DATABASE_URL to keep users, or USER_DIRECTORY to none, or connect your own directory',
  },
  {
    setting: 'SEALING_KEYS',
    broken: ({ SEALING_KEYS = [] }) => SEALING_KEYS.some((key) => Buffer.from(key).equals(DEMO_SEALING_KEY)),
    fault: 'must not be the demo key in production: make one with openssl rand -base64 32',
  },
  mustBeLongSecret('WEBAPP_CLIENT_SECRET', 'webapp'),
  mustBeLongSecret('RESOURCE_SERVER_CLIENT_SECRET', 'resource server'),
  {
    setting: 'CLIENTS_FILE',
    broken: ({ CLIENTS_FILE }) => clientsWithShortSecrets(CLIENTS_FILE).length > 0,
    fault: ({ CLIENTS_FILE }) =>
      `client_secret ${SHORT_SECRET_FAULT} in production: set a long random value for ${clientsWithShortSecrets(CLIENTS_FILE).join(', ')}`,
  },
])
  .refine(({ DATABASE_URL, SEALING_KEYS }) => DATABASE_URL === undefined || SEALING_KEYS !== undefined, {
    path: ['SEALING_KEYS'],
    error: 'must be set when DATABASE_URL is: 32 bytes in base64, from openssl rand -base64 32',
    when: () => true,
  })
  .refine(({ DATABASE_URL, JWKS_FILE }) => DATABASE_URL === undefined || JWKS_FILE === undefined, {
    path: ['JWKS_FILE'],
    error: 'must not be set when DATABASE_URL is: the database keeps the keys',
    when: () => true,
  })
  .refine(({ DATABASE_URL, USER_DIRECTORY }) => DATABASE_URL !== undefined || USER_DIRECTORY !== 'database', {
    path: ['USER_DIRECTORY'],
    error: 'must not be database without DATABASE_URL',
    when: () => true,
  })
  .refine(({ DATABASE_URL, ADMIN_PORT }) => DATABASE_URL !== undefined || ADMIN_PORT === undefined, {
    path: ['ADMIN_PORT'],
    error: 'must not be set without DATABASE_URL: there is nothing to administer',
    when: () => true,
  })
  .refine(
    // With accept-anyone the username becomes the `sub`: anyone who typed an administrator's id would be that administrator.
    ({ ADMIN_PORT, USER_DIRECTORY }) => ADMIN_PORT === undefined || USER_DIRECTORY !== 'accept-anyone',
    {
      path: ['ADMIN_PORT'],
      error: 'must not be set with USER_DIRECTORY accept-anyone: anybody could be an administrator',
      when: () => true,
    },
  )
  .refine(
    ({ FIRST_ADMIN_USERNAME, FIRST_ADMIN_PASSWORD }) =>
      (FIRST_ADMIN_USERNAME === undefined) === (FIRST_ADMIN_PASSWORD === undefined),
    {
      path: ['FIRST_ADMIN_PASSWORD'],
      error: 'must be set when FIRST_ADMIN_USERNAME is, and only then',
      when: () => true,
    },
  )
  .transform((settings) => ({
    ...settings,
    DATABASE_URL: databaseUrlOf(settings),
    ISSUER: settings.ISSUER ?? `http://localhost:${settings.PORT}`,
    ADMIN_RESOURCE: settings.ADMIN_RESOURCE ?? `http://localhost:${settings.ADMIN_PORT ?? 5006}`,
    USER_DIRECTORY:
      settings.USER_DIRECTORY ?? (settings.DATABASE_URL === undefined ? 'accept-anyone' : 'database'),
  }));

/** The settings of a running auth server, with defaults filled in. */
export type Settings = z.output<typeof settingsSchema>;
