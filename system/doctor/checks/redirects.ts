/** Checks that the webapp's redirect URI (RFC 6749 §3.1.2) is reachable, registered and sent. */
import { endpointAt } from 'shared/config/settings.ts';
import { statusOf } from '../ask.ts';
import { described, leadsTo, locationOf, requestAuthorization } from '../authorization-request.ts';
import { type Deployment, isSilent, NO_METADATA } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';

const NO_WEBAPP = 'the webapp does not answer';

export async function checkRedirects(deployment: Deployment): Promise<Finding[]> {
  return Promise.all([reachable(deployment), registered(deployment), sent(deployment)]);
}

async function reachable(deployment: Deployment): Promise<Finding> {
  const [name, reference] = ['redirect URI reachable', 'RFC 6749 §3.1.2'];
  const uri = deployment.settings.WEBAPP_REDIRECT_URI;
  if (isSilent(deployment, 'webapp')) {
    if (!deployment.isInside) return skip(name, NO_WEBAPP, reference);
    return warn(name, `${uri} is not reachable from here`, 'run the doctor where browsers are', reference);
  }
  const reply = await deployment.ask(uri);
  // The webapp refuses a callback without a flow in its own way, by which it is recognised.
  const isProblem =
    'status' in reply && reply.headers.get('content-type')?.includes('application/problem+json');
  if (isProblem && reply.status === 400) return ok(name, `the webapp answers at ${uri}`, reference);
  const mend =
    'set WEBAPP_REDIRECT_URI to the URL by which browsers reach the webapp, with the path /callback';
  return fault(name, `${uri}: ${statusOf(reply)}, and not as the webapp does`, mend, reference);
}

async function registered(deployment: Deployment): Promise<Finding> {
  const [name, reference] = ['redirect URI registered', 'RFC 6749 §3.1.2.3'];
  if (deployment.metadata === undefined) return skip(name, NO_METADATA, reference);
  const uri = deployment.settings.WEBAPP_REDIRECT_URI;
  const outcome = await requestAuthorization(deployment);
  if (leadsTo(outcome, uri)) return ok(name, `the auth server sends browsers to ${uri}`, reference);
  const setting = outcome.error === 'invalid_client' ? 'WEBAPP_CLIENT_ID' : 'WEBAPP_REDIRECT_URI';
  return fault(
    name,
    `the auth server does not send browsers to ${uri}: ${described(outcome)}`,
    `set ${setting} to the same value on the auth server, on the webapp and here`,
    reference,
  );
}

/** Checks the redirect URI of the running webapp, which may differ from the settings here. */
async function sent(deployment: Deployment): Promise<Finding> {
  const name = 'authorization request of the webapp';
  const { ask, settings, webappUrl } = deployment;
  if (isSilent(deployment, 'webapp')) return skip(name, NO_WEBAPP);
  const reply = await ask(`${webappUrl}/current_time?grant_type=authorization_code`);
  const location = locationOf(reply);
  if (location === undefined) {
    return fault(name, `there is none: ${statusOf(reply)}`, 'see the log of the webapp', 'RFC 6749 §4.1.1');
  }
  const endpoint = location.origin + location.pathname;
  const expected = settings.AUTHORIZATION_ENDPOINT ?? endpointAt(settings.ISSUER, 'authorize');
  if (endpoint !== new URL(expected).href) {
    const detail = `it sends browsers to ${shown(endpoint)}, and by the settings here to ${expected}`;
    const mend = 'set ISSUER and AUTHORIZATION_ENDPOINT to the same URLs on the webapp and here';
    return fault(name, detail, mend, 'RFC 6749 §4.1.1');
  }
  const redirectUri = location.searchParams.get('redirect_uri');
  if (redirectUri !== settings.WEBAPP_REDIRECT_URI) {
    const detail = `its redirect URI is ${shown(redirectUri)}, and here ${settings.WEBAPP_REDIRECT_URI}`;
    const mend = 'set WEBAPP_REDIRECT_URI to the same URL on the auth server, on the webapp and here';
    return fault(name, detail, mend, 'RFC 6749 §4.1.1');
  }
  return ok(name, `it sends browsers to ${endpoint}`, 'RFC 6749 §4.1.1');
}
