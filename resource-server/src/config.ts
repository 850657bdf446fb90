/** The resource server's settings. */
import {
  commaList,
  commonSettings,
  endpointAt,
  mustBeHttps,
  mustBeLongSecret,
  port,
  serviceUrl,
  withProductionRules,
} from 'shared/config/settings.ts';
import { sameResource } from 'shared/core/resource-indicators.ts';
import { z } from 'zod';
import { stepUp } from './config/step-up.ts';

const ORIGIN_FAULT =
  'must be an origin as browsers write it: https://app.example or http://localhost:3000, in lower case, without a path';

/** Whether a text is an origin as browsers write it (RFC 6454 §6.2): they compare it character by character. */
function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.parse(text)?.origin === text;
}

const NAMED_TWICE = 'must name each API once: two of these identifiers are one';

function areDifferent(resources: string[]): boolean {
  return resources.every(
    (one, index) => !resources.slice(0, index).some((other) => sameResource(one, other)),
  );
}

const schema = z.object({
  ...commonSettings,
  /** The port to listen on. */
  PORT: port.default(5002),
  /** The issuer whose tokens are accepted. */
  ISSUER: serviceUrl.default('http://localhost:5001'),
  /** Where to introspect tokens; by default `/introspect` at the issuer. */
  INTROSPECTION_ENDPOINT: serviceUrl.optional(),
  /** The format of introspection answers: plain `json`, or a `jwt` that the issuer has signed (RFC 9701). */
  INTROSPECTION_RESPONSE: z.enum(['json', 'jwt']).default('json'),
  /** Where the issuer's public keys are, for signed answers; by default `/jwks` at the issuer. */
  JWKS_URI: serviceUrl.optional(),
  /** The identifier of this API (RFC 8707): its own URL, which tokens must have as `aud`. */
  RESOURCE: serviceUrl.optional(),
  /** The origins of the applications in browsers that may call this API, separated by commas. */
  CORS_ORIGINS: commaList.pipe(z.array(z.string().refine(isOrigin, ORIGIN_FAULT))).default([]),
  /** The identifiers of the APIs that proxies protect by asking at `/forward-auth`, separated by commas. */
  FORWARD_AUTH: commaList.pipe(z.array(serviceUrl)).refine(areDifferent, NAMED_TWICE).default([]),
  /** Which scopes of this API ask how the user has signed in (RFC 9470): `epoch_time max_age=60 acr=CLASS; current_time …`. */
  STEP_UP: stepUp.optional(),
  /** The client id to introspect with. */
  RESOURCE_SERVER_CLIENT_ID: z.string().default('resource-server'),
  /** The client secret to introspect with. */
  RESOURCE_SERVER_CLIENT_SECRET: z.string().default('asdfgh'),
});

/** The settings, with the rules of production and the defaults that follow other settings. */
export const settingsSchema = withProductionRules(schema, [
  mustBeHttps('ISSUER', "must be an https URL in production: set it to the auth server's ISSUER"),
  mustBeLongSecret('RESOURCE_SERVER_CLIENT_SECRET', 'auth server'),
]).transform((settings) => ({
  ...settings,
  INTROSPECTION_ENDPOINT: settings.INTROSPECTION_ENDPOINT ?? endpointAt(settings.ISSUER, 'introspect'),
  JWKS_URI: settings.JWKS_URI ?? endpointAt(settings.ISSUER, 'jwks'),
  RESOURCE: settings.RESOURCE ?? `http://localhost:${settings.PORT}`,
}));

export type Settings = z.output<typeof settingsSchema>;
