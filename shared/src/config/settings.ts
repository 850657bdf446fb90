/** Settings: environment variables, parsed once by one zod schema for each service. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { compile } from 'proxy-addr';
import { z } from 'zod';
import { StartupFault } from './startup-fault.ts';

/** An http or https URL that can name a service: no credentials, query or fragment. Kept as written. */
export const serviceUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(
    (url) => !/[?#]/.test(url) && !URL.parse(url)?.username && !URL.parse(url)?.password,
    'must have no credentials, query or fragment',
  );

/** The URL of an endpoint of a service, whether or not the service's own URL ends in a slash. */
export function endpointAt(service: string, path: string): string {
  return `${service.replace(/\/$/, '')}/${path}`;
}

/** A TCP port; 0 lets the system choose. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a number from 0 to 65535')
  .transform(Number)
  .refine((number) => number <= 65535, 'must be a number from 0 to 65535');

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number) {
  const fault = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, fault)
    .transform(Number)
    .refine((number) => number >= least && number <= most, fault);
}

/** A list separated by commas. Blanks around the parts, and empty parts, are dropped. */
export const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Addresses or networks, separated by commas: `10.0.0.1, 10.1.0.0/16`. */
export const networks = commaList.pipe(
  z.array(z.string().refine(isNetwork, 'must be addresses or networks')),
);

/** Whether a text is an IP address or a network, but not the network of all addresses. */
function isNetwork(text: string): boolean {
  // The library also accepts short forms of addresses, such as `10.1`.
  if (isIP(text.split('/')[0] ?? '') === 0) return false;
  try {
    compile([text]);
    return true;
  } catch {
    return false;
  }
}

/** The settings that every service has. */
export const commonSettings = {
  /** The kind of deployment; `production` refuses settings that are only good for a demo. */
  APP_ENV: z.enum(['development', 'testing', 'stage', 'production']).default('development'),
  /** The address to listen on. */
  HOST: z.string().default('127.0.0.1'),
  /** The port on which Prometheus gets metrics; without one there is no such listener. */
  METRICS_PORT: port.optional(),
  /** The address of that listener. */
  METRICS_HOST: z.string().default('127.0.0.1'),
  /** Where traces are exported to over OTLP; without it they are only passed on. */
  OTEL_EXPORTER_OTLP_ENDPOINT: serviceUrl.optional(),
  /** Where unexpected errors are reported to: a Sentry DSN. */
  SENTRY_DSN: z
    .string()
    .refine(
      (dsn) => URL.canParse(dsn) && /^https?:\/\/\w+@[\w.-]+(:\d+)?\/([\w.-]+\/)*\d+$/.test(dsn),
      'must be a Sentry DSN: https://<public key>@<host>/<project id>',
    )
    .optional(),
  /** The least severe log lines to write. */
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};

/**
 * A setting that names a JSON file; its value is the file's parsed content. Services run in folders of their
 * own, so a relative path counts from the folder that npm was started in.
 */
export function jsonFile<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((path, context) => {
      try {
        return JSON.parse(readFileSync(resolve(process.env.INIT_CWD ?? '', path), 'utf8')) as unknown;
      } catch (error) {
        // A JSON syntax error quotes the file, which may hold secrets.
        const reason =
          error instanceof SyntaxError
            ? `is not JSON${placeOf(error)}`
            : `cannot be read (${codeOf(error)}): ${RELATIVE_PATHS}`;
        context.issues.push({ code: 'custom', input: path, message: `the file that it names ${reason}` });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** Where in the file a syntax error is, when the engine says so. */
function placeOf({ message }: SyntaxError): string {
  return /\(line \d+ column \d+\)$/.exec(message)?.[0].replace('(', ' (at ') ?? '';
}

const RELATIVE_PATHS =
  'a relative path counts from the folder that npm was started in, or else from the working directory';

/** A rule that a setting must meet in production. */
export interface ProductionRule<Settings> {
  setting: keyof Settings & string;
  /** Whether the settings break the rule. A setting that has a fault of its own may be missing here. */
  broken: (settings: Settings) => boolean;
  /** What is wrong and how to set it. */
  fault: string | ((settings: Settings) => string);
}

/**
 * Adds production rules to a settings schema. They are checked even when other settings have faults, so that the
 * operator sees every fault at once.
 */
export function withProductionRules<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  rules: ProductionRule<z.output<z.ZodObject<Shape>>>[],
) {
  type Settings = z.output<z.ZodObject<Shape>> & { APP_ENV?: unknown };
  return rules.reduce(
    (checked, { setting, broken, fault }) =>
      checked.refine(
        (value) => !((value as Settings).APP_ENV === 'production' && broken(value as Settings)),
        {
          path: [setting],
          error: ({ input }) => (typeof fault === 'string' ? fault : fault(input as Settings)),
          when: () => true,
        },
      ),
    schema,
  );
}

/** The production rule that a URL is https. A URL that is not set breaks it: its default is only good for a demo. */
export function mustBeHttps<Setting extends string>(
  setting: Setting,
  fault: string,
): ProductionRule<{ [name in Setting]?: string | undefined }> {
  return { setting, broken: (settings) => !settings[setting]?.startsWith('https:'), fault };
}

/** How many characters a client secret must have in production: within the limits on guesses, nobody finds so many. */
const LONG_ENOUGH = 16;

/** What is wrong with a client secret that is too short. */
export const SHORT_SECRET_FAULT = `must have ${LONG_ENOUGH} characters or more`;

/** Whether a client secret is long enough. */
export function isLongSecret(secret: string): boolean {
  return secret.length >= LONG_ENOUGH;
}

/**
 * The production rule that a client secret is long enough. The demo secrets are not.
 *
 * @param other the other service that needs the same secret
 */
export function mustBeLongSecret<Setting extends string>(
  setting: Setting,
  other: string,
): ProductionRule<{ [name in Setting]: string }> {
  return {
    setting,
    broken: (settings) => !isLongSecret(settings[setting]),
    fault: `${SHORT_SECRET_FAULT} in production: set it here and on the ${other} to a long random value`,
  };
}

/** Whether a client secret is one that everybody knows from the documents. */
export function isDemoSecret(secret: string): boolean {
  return ['qwerty', 'asdfgh'].includes(secret);
}

/**
 * The settings in an environment. An empty variable counts as not set.
 *
 * @throws {StartupFault} that names every fault, one a line, without the values (they may be secrets).
 */
export function parseSettings<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new StartupFault(result.error.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`));
}

function pathOf(path: PropertyKey[]): string {
  const [setting, ...inside] = path.map(String);
  return inside.length === 0 ? String(setting) : `${setting} (at ${inside.join('.')})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
