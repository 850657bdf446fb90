/** All checks, group by group. */
import type { Ask } from './ask.ts';
import { checkCalls } from './calls.ts';
import { checkClocks } from './clocks.ts';
import { checkDemo } from './demo.ts';
import { type Deployment, lookAt } from './deployment.ts';
import { checkDiscovery } from './discovery.ts';
import type { Check, Finding } from './findings.ts';
import { checkIntrospection } from './introspection.ts';
import { checkKeys } from './keys.ts';
import { checkRedirects } from './redirects.ts';
import { checkRfc9700 } from './rfc9700.ts';
import { checkServices } from './services.ts';
import type { Settings } from './settings.ts';
import { checkTokens } from './tokens.ts';

/** In the order in which a person would mend what they find. */
const groups: Record<string, (deployment: Deployment) => Finding[] | Promise<Finding[]>> = {
  services: checkServices,
  discovery: checkDiscovery,
  clocks: checkClocks,
  keys: checkKeys,
  tokens: checkTokens,
  introspection: checkIntrospection,
  calls: checkCalls,
  redirects: checkRedirects,
  demo: checkDemo,
  rfc9700: checkRfc9700,
};

/** Checks the deployment that the settings describe. */
export async function examine(settings: Settings, ask: Ask): Promise<Check[]> {
  const deployment = await lookAt(settings, ask);
  const checks = Object.entries(groups).map(async ([group, check]) =>
    (await check(deployment)).map((finding): Check => ({ group, ...finding })),
  );
  return (await Promise.all(checks)).flat();
}
