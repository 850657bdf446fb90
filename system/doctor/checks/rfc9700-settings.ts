/** Finds requirements of RFC 9700 that settings break: the password grant is on, or a URL is http. */
import type { Deployment } from '../deployment.ts';
import { type Finding, fault, ok, skip, warn } from '../findings.ts';
import { hasClock } from '../settings.ts';
import { hasPasswordGrant } from '../token-request.ts';

export function brokenBySettings(deployment: Deployment): Finding[] {
  // A demo may break these requirements, production may not.
  const broken = deployment.settings.APP_ENV === 'production' ? fault : warn;
  return [
    passwordGrant(deployment, broken),
    encryptedResponses(deployment, broken),
    encryptedCalls(deployment),
  ];
}

function passwordGrant(deployment: Deployment, broken: typeof fault): Finding {
  const [name, reference] = ['password grant', 'RFC 9700 §2.4'];
  if (!hasPasswordGrant(deployment)) return ok(name, 'is off', reference);
  const isOffHere = deployment.settings.PASSWORD_GRANT === 'off';
  const detail = `is on${isOffHere ? ', though PASSWORD_GRANT is off here' : ''}: clients see passwords of users`;
  const mend = 'set PASSWORD_GRANT=off on the auth server and GRANT_TYPE=authorization_code on the webapp';
  return broken(name, detail, mend, reference);
}

/** A code must be encrypted on its way to the browser and from there to the client. */
function encryptedResponses({ settings }: Deployment, broken: typeof fault): Finding {
  const [name, reference] = ['TLS for authorization responses', 'RFC 9700 §2.6'];
  const { ISSUER, AUTHORIZATION_ENDPOINT = 'https:', WEBAPP_REDIRECT_URI } = settings;
  const plain = Object.entries({ ISSUER, AUTHORIZATION_ENDPOINT, WEBAPP_REDIRECT_URI })
    .filter(([, url]) => !url.startsWith('https:'))
    .map(([setting]) => setting);
  if (plain.length === 0) return ok(name, 'they go by https', reference);
  const mend = 'put a proxy that speaks TLS in front, and set them to its URLs (docs/production.md)';
  return broken(name, `${plain.join(' and ')}: http, not https`, mend, reference);
}

/** RFC 9700 only recommends it. */
function encryptedCalls({ settings }: Deployment): Finding {
  const [name, reference] = ['TLS for calls of the API', 'RFC 9700 §2.6'];
  if (!hasClock(settings)) return skip(name, 'CLOCK_API is off', reference);
  const setting = settings.RESOURCE_SERVER_URL ? 'RESOURCE_SERVER_URL' : 'RESOURCE';
  if (settings[setting]?.startsWith('https:')) return ok(name, 'tokens go by https', reference);
  const mend = `set ${setting} to an https URL, unless nobody else is on the network in between`;
  return warn(name, `${setting}: http, not https`, mend, reference);
}
