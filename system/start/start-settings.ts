/** The settings of `npm start`, and what it passes on to the three services. */

import { commonSettings, misspelt, parseSettings, port } from 'shared/config/settings.ts';
import { z } from 'zod';
import type { Advice } from './announcer.ts';

/** The names of the services, which are those of their folders. */
export const SERVICES = ['auth-server', 'resource-server', 'webapp'];

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
  /** The port of the auth server's metrics; without one there is no listener. */
  AUTH_SERVER_METRICS_PORT: knownPort.optional(),
  /** The port of the resource server's metrics. */
  RESOURCE_SERVER_METRICS_PORT: knownPort.optional(),
  /** The port of the webapp's metrics. */
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
  PASSWORD_GRANT: z.string().optional(),
  GRANT_TYPE: z.string().optional(),
  LOG_LEVEL: commonSettings.LOG_LEVEL.catch('info'),
});

/**
 * The settings of each service.
 *
 * @throws {StartupFault} that names every fault of the ports
 */
export function startSettings(environment: NodeJS.ProcessEnv) {
  const settings = parseSettings(schema, environment);
  /** What the services must agree on; it follows from the ports unless it is set. */
  const agreed = {
    ISSUER: settings.ISSUER ?? `http://localhost:${settings.AUTH_SERVER_PORT}`,
    RESOURCE: settings.RESOURCE ?? `http://localhost:${settings.RESOURCE_SERVER_PORT}`,
    WEBAPP_REDIRECT_URI: settings.WEBAPP_REDIRECT_URI ?? `http://localhost:${settings.WEBAPP_PORT}/callback`,
  };
  const service = (port: number, metricsPort: number | undefined) => ({
    port,
    /** Variables that are added to the environment. */
    settings: { ...agreed, PORT: String(port), METRICS_PORT: String(metricsPort ?? '') },
  });
  return {
    services: {
      'auth-server': service(settings.AUTH_SERVER_PORT, settings.AUTH_SERVER_METRICS_PORT),
      'resource-server': service(settings.RESOURCE_SERVER_PORT, settings.RESOURCE_SERVER_METRICS_PORT),
      webapp: service(settings.WEBAPP_PORT, settings.WEBAPP_METRICS_PORT),
    },
    agreed,
    advice: adviceFor(settings),
    /** What the services do not say themselves. */
    misspelt: misspelt(portSettings, environment),
    logLevel: settings.LOG_LEVEL,
  };
}

function adviceFor({ PASSWORD_GRANT, GRANT_TYPE, WEBAPP_PORT }: z.output<typeof schema>): Advice {
  const url = `http://localhost:${WEBAPP_PORT}/current_time`;
  if (GRANT_TYPE === 'authorization_code') return { try: `open ${url} in a browser` };
  if (PASSWORD_GRANT !== 'off') return { try: `curl ${url}` };
  return {
    mend: 'the webapp gets no tokens, because PASSWORD_GRANT is off: set GRANT_TYPE=authorization_code, too',
  };
}
