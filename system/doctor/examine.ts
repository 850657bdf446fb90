/** Runs all checks, group by group. */
import type { Ask } from './ask.ts';
import { checkApis } from './checks/apis.ts';
import { checkCalls } from './checks/calls.ts';
import { checkClocks } from './checks/clocks.ts';
import { checkDemo } from './checks/demo.ts';
import { checkDiscovery } from './checks/discovery.ts';
import { checkForwardAuth } from './checks/forward-auth.ts';
import { checkIntrospection } from './checks/introspection.ts';
import { checkKeys } from './checks/keys.ts';
import { checkRedirects } from './checks/redirects.ts';
import { checkRfc9700 } from './checks/rfc9700.ts';
import { checkServices } from './checks/services.ts';
import { checkSpelling } from './checks/spelling.ts';
import { checkTokens } from './checks/tokens.ts';
import { type Deployment, lookAt } from './deployment.ts';
import { type Check, type Finding, skip } from './findings.ts';
import { hasClock, type Settings } from './settings.ts';

type GroupCheck = (deployment: Deployment) => Finding[] | Promise<Finding[]>;

/** The groups, in the order in which a person would mend their faults. */
const groups: Record<string, GroupCheck> = {
  settings: checkSpelling,
  services: checkServices,
  discovery: checkDiscovery,
  apis: checkApis,
  'forward-auth': checkForwardAuth,
  clocks: checkClocks,
  keys: checkKeys,
  tokens: checkTokens,
  introspection: checkIntrospection,
  calls: checkCalls,
  redirects: checkRedirects,
  demo: checkDemo,
  rfc9700: checkRfc9700,
};

/** The groups that are about the clock, with the resource server and the webapp. */
const OF_CLOCK = ['tokens', 'introspection', 'calls', 'redirects'];

/** Checks the deployment that the settings describe. */
export async function examine(settings: Settings, ask: Ask): Promise<Check[]> {
  const deployment = await lookAt(settings, ask);
  const checks = Object.entries(groups).map(async ([group, check]) =>
    (await findingsOf(group, check, deployment)).map((finding): Check => ({ group, ...finding })),
  );
  return (await Promise.all(checks)).flat();
}

async function findingsOf(group: string, check: GroupCheck, deployment: Deployment): Promise<Finding[]> {
  if (hasClock(deployment.settings) || !OF_CLOCK.includes(group)) return check(deployment);
  return [skip('the clock', 'CLOCK_API is off')];
}
