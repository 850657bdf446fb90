/** Settings: environment variables, parsed once by one zod schema for each service. */
import { isIP } from 'node:net';
import { compile } from 'proxy-addr';
import { z } from 'zod';
import { faultLine, inWords } from './in-words.ts';
import { nearMiss } from './near-misses.ts';
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

const PORT_FAULT = 'must be a number from 0 to 65535';

const SERVICE_LINK_FAULT =
  'was set by Kubernetes for a Service of that name, and not by you: set enableServiceLinks: false for the pod, or rename the Service';

/** A TCP port; 0 lets the system choose. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, { error: ({ input }) => (isServiceLink(input) ? SERVICE_LINK_FAULT : PORT_FAULT) })
  .transform(Number)
  .refine((number) => number <= 65535, PORT_FAULT);

/** Whether Kubernetes made this value: for a Service `metrics` it sets METRICS_PORT to an address. */
function isServiceLink(value: unknown): boolean {
  return /^(tcp|udp|sctp):\/\//.test(String(value));
}

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

/** The samplers of the OpenTelemetry specification, without those that need a server. */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

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
  /** The whole URL for traces, in the place of `/v1/traces` at that endpoint. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: serviceUrl.optional(),
  /** How traces are exported; there is no other way than this one. */
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(['http/protobuf']).optional(),
  /** `true` turns the export off. */
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false'),
  /** Which traces are recorded. */
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  /** The share of the traces that samplers of a ratio record. */
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0?\.\d{1,9}|0|1|1\.0)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1),
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

/** A rule that a setting must meet, which may depend on others. */
export interface Rule<Settings> {
  setting: keyof Settings & string;
  /** Whether the settings break the rule. A setting that has a fault of its own may be missing here. */
  broken: (settings: Settings) => boolean;
  /** What is wrong and how to set it. */
  fault: string | ((settings: Settings) => string);
}

/** A rule that a setting must meet in production only. */
export type ProductionRule<Settings> = Rule<Settings>;

/**
 * Adds rules to a settings schema. They are checked even when other settings have faults, so that the operator sees
 * every fault at once.
 */
export function withRules<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  rules: Rule<z.output<z.ZodObject<Shape>>>[],
) {
  type Settings = z.output<z.ZodObject<Shape>>;
  return rules.reduce(
    (checked, { setting, broken, fault }) =>
      checked.refine((value) => !broken(value as Settings), {
        path: [setting],
        error: ({ input }) => (typeof fault === 'string' ? fault : fault(input as Settings)),
        when: () => true,
      }),
    schema,
  );
}

/** Adds rules that hold in production only. */
export function withProductionRules<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  rules: ProductionRule<z.output<z.ZodObject<Shape>>>[],
) {
  type Settings = z.output<z.ZodObject<Shape>> & { APP_ENV?: unknown };
  const inProduction = rules.map((rule) => ({
    ...rule,
    broken: (settings: Settings) => settings.APP_ENV === 'production' && rule.broken(settings),
  }));
  return withRules(schema, inProduction);
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
  const result = schema.safeParse(given, { error: inWords });
  if (result.success) return result.data;
  throw new StartupFault([...result.error.issues.map(faultLine), ...misspelt(schema, environment)]);
}

/**
 * Says of each variable whose name is almost that of a setting which setting is probably meant. An environment has many
 * variables that are not for us, so this alone is no fault.
 */
export function misspelt(schema: z.ZodType, environment: NodeJS.ProcessEnv): string[] {
  const known = namesIn(schema);
  return Object.keys(environment).flatMap((name) => {
    const meant = nearMiss(name, known);
    return meant === undefined ? [] : [`${name}: is not a setting; did you mean ${meant}?`];
  });
}

/** The names of the settings that a schema reads, whatever rules and transformations are around it. */
function namesIn(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  return schema instanceof z.ZodPipe ? namesIn(schema.in as z.ZodType) : [];
}
