/** The rules between the settings, and what production forbids. */
import {
  mustBeHttps,
  mustBeLongSecret,
  type ProductionRule,
  type Rule,
  SHORT_SECRET_FAULT,
} from 'shared/config/settings.ts';
import { clientsWithShortSecrets } from './client-file.ts';

/** The key in compose.yaml, which is public. */
const DEMO_SEALING_KEY = Buffer.from('only-for-trying-out-not-a-secret');

/** The settings that rules are about. */
interface Ruled {
  ISSUER?: string | undefined;
  PROXY_STRIPS_PATH?: string | undefined;
  JWKS_FILE?: unknown;
  DATABASE_URL?: string | undefined;
  SEALING_KEYS?: Uint8Array[] | undefined;
  USER_DIRECTORY?: string | undefined;
  ADMIN_PORT?: number | undefined;
  FIRST_ADMIN_USERNAME?: string | undefined;
  FIRST_ADMIN_PASSWORD?: string | undefined;
  CLIENTS_FILE?: unknown;
  REGISTRATION?: string | undefined;
  INITIAL_ACCESS_TOKEN?: string | undefined;
  WEBAPP_CLIENT_SECRET: string;
  RESOURCE_SERVER_CLIENT_SECRET: string;
}

/** What production forbids: settings that are only good for a demo. */
export const productionRules: ProductionRule<Ruled>[] = [
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
];

/** Settings that must or must not be there because of another one. */
export const rulesBetween: Rule<Ruled>[] = [
  {
    setting: 'PROXY_STRIPS_PATH',
    broken: ({ ISSUER = '', PROXY_STRIPS_PATH }) =>
      PROXY_STRIPS_PATH === 'on' && !/^https?:\/\/[^/]+\/./.test(ISSUER),
    fault: 'must not be on: ISSUER has no path that a proxy could remove',
  },
  {
    setting: 'SEALING_KEYS',
    broken: ({ DATABASE_URL, SEALING_KEYS }) => DATABASE_URL !== undefined && SEALING_KEYS === undefined,
    fault: 'must be set when DATABASE_URL is: 32 bytes in base64, from openssl rand -base64 32',
  },
  {
    setting: 'JWKS_FILE',
    broken: ({ DATABASE_URL, JWKS_FILE }) => DATABASE_URL !== undefined && JWKS_FILE !== undefined,
    fault: 'must not be set when DATABASE_URL is: the database keeps the keys',
  },
  {
    setting: 'USER_DIRECTORY',
    broken: ({ DATABASE_URL, USER_DIRECTORY }) => DATABASE_URL === undefined && USER_DIRECTORY === 'database',
    fault: 'must not be database without DATABASE_URL',
  },
  {
    setting: 'ADMIN_PORT',
    broken: ({ DATABASE_URL, ADMIN_PORT }) => DATABASE_URL === undefined && ADMIN_PORT !== undefined,
    fault: 'must not be set without DATABASE_URL: there is nothing to administer',
  },
  {
    setting: 'ADMIN_PORT',
    // With accept-anyone the username becomes the `sub`: anyone who typed an administrator's id would be that administrator.
    broken: ({ ADMIN_PORT, USER_DIRECTORY }) =>
      ADMIN_PORT !== undefined && USER_DIRECTORY === 'accept-anyone',
    fault: 'must not be set with USER_DIRECTORY accept-anyone: anybody could be an administrator',
  },
  {
    setting: 'FIRST_ADMIN_PASSWORD',
    broken: ({ FIRST_ADMIN_USERNAME, FIRST_ADMIN_PASSWORD }) =>
      (FIRST_ADMIN_USERNAME === undefined) !== (FIRST_ADMIN_PASSWORD === undefined),
    fault: 'must be set when FIRST_ADMIN_USERNAME is, and only then',
  },
  {
    setting: 'REGISTRATION',
    broken: ({ REGISTRATION, INITIAL_ACCESS_TOKEN }) =>
      REGISTRATION === 'token' && INITIAL_ACCESS_TOKEN === undefined,
    fault: 'must not be token without INITIAL_ACCESS_TOKEN: nobody could register a client',
  },
];
