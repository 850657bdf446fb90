/** The settings of `npm start`, and what it hands on to the three services. */

import { commonSettings, parseSettings, port } from 'shared/config/settings.ts';
import { z } from 'zod';

const knownPort = port.refine(
  (number) => number !== 0,
  'must not be 0: the services have to find each other',
);

/** The settings that only `npm start` has. */
export const portSettings = z.object({
  /** The port of the auth server. */
  AUTH_SERVER_PORT: knownPort.default(5001),
  /** The port of the resource server. */
  RESOURCE_SERVER_PORT: knownPort.default(5002),
  /** The port of the webapp. */
  WEBAPP_PORT: knownPort.default(5003),
  /** Where the auth server shows its metrics; without it, nowhere. */
  AUTH_SERVER_METRICS_PORT: knownPort.optional(),
  /** Where the resource server does. */
  RESOURCE_SERVER_METRICS_PORT: knownPort.optional(),
  /** Where the webapp does. */
  WEBAPP_METRICS_PORT: knownPort.optional(),
});

const schema = portSettings.extend({
  PORT: z
    .never('is for one service; for all three set AUTH_SERVER_PORT, RESOURCE_SERVER_PORT and WEBAPP_PORT')
    .optional(),
  METRICS_PORT: z
    .never(
      'is for one service; for all three set AUTH_SERVER_METRICS_PORT, RESOURCE_SERVER_METRICS_PORT and WEBAPP_METRICS_PORT',
    )
    .optional(),
  // The services check the rest, and name the faults.
  ISSUER: z.string().optional(),
  RESOURCE: z.string().optional(),
  WEBAPP_REDIRECT_URI: z.string().optional(),
  LOG_LEVEL: commonSettings.LOG_LEVEL.catch('info'),
});

/**
 * How to start the services.
 *
 * @throws {StartupFault} naming every fault of the ports
 */
export function startSettings(environment: NodeJS.ProcessEnv) {
  const settings = parseSettings(schema, environment);
  const services = {
    'auth-server': { port: settings.AUTH_SERVER_PORT, metricsPort: settings.AUTH_SERVER_METRICS_PORT },
    'resource-server': {
      port: settings.RESOURCE_SERVER_PORT,
      metricsPort: settings.RESOURCE_SERVER_METRICS_PORT,
    },
    webapp: { port: settings.WEBAPP_PORT, metricsPort: settings.WEBAPP_METRICS_PORT },
  };
  return {
    services,
    logLevel: settings.LOG_LEVEL,
    /** What the services must agree on; it follows from the ports unless it is set. */
    agreed: {
      ISSUER: settings.ISSUER ?? `http://localhost:${services['auth-server'].port}`,
      RESOURCE: settings.RESOURCE ?? `http://localhost:${services['resource-server'].port}`,
      WEBAPP_REDIRECT_URI:
        settings.WEBAPP_REDIRECT_URI ?? `http://localhost:${services.webapp.port}/callback`,
    },
  };
}
