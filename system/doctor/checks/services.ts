/** Checks that each service is ready, and names the services that it needs and that are down. */
import { z } from 'zod';
import { jsonOf, statusOf } from '../ask.ts';
import type { Deployment, Service, ServiceName } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';
import { hasClock } from '../settings.ts';

/** The settings that say where each service is. */
const settingOf: Record<ServiceName, string> = {
  'auth-server': 'ISSUER',
  'resource-server': 'RESOURCE or RESOURCE_SERVER_URL',
  webapp: 'WEBAPP_REDIRECT_URI',
};

const readiness = z.object({ dependencies: z.record(z.string(), z.string()) });

export function checkServices({ services, isInside, settings }: Deployment): Finding[] {
  const ofClock = hasClock(settings) ? [] : ['resource-server', 'webapp'];
  return [
    ...services.map((service) => findingOf(service, isInside)),
    ...ofClock.map((name) => skip(name, 'CLOCK_API is off')),
  ];
}

function findingOf({ name, url, health }: Service, isInside: boolean): Finding {
  if ('unreachable' in health) {
    const detail = `${url}: ${statusOf(health)}`;
    if (isInside && name === 'webapp') return skip(name, `it may be for browsers only (${detail})`);
    return fault(name, detail, `start it (npm start), or set ${settingOf[name]} to where it is`);
  }
  if (health.status === 200) return ok(name, `ready at ${url}`);
  const { data } = readiness.safeParse(jsonOf(health));
  if (health.status !== 503 || data === undefined) {
    const detail = `${url} answers ${health.status} at /health/ready`;
    const mend = `see that ${settingOf[name]} leads to the ${name}; a proxy in front may keep its health to itself`;
    return warn(name, detail, mend);
  }
  const down = Object.entries(data.dependencies).filter(([, state]) => state !== 'up');
  if (down.length === 0) return fault(name, `${url} is stopping`, 'start it again');
  const names = shown(down.map(([dependency]) => dependency).join(', '));
  const mend = `see that it runs, and that the settings of the ${name} lead to it`;
  return fault(name, `${url} is not ready, because this is down: ${names}`, mend);
}
