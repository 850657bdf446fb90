/** Checks that the API answers calls with a good token and refuses others (RFC 6750), and that the webapp answers. */

import { endpointAt } from 'shared/config/settings.ts';
import { z } from 'zod';
import { jsonOf, type Reply, statusOf } from '../ask.ts';
import { type Deployment, isSilent } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';
import { requestToken, TOO_SLOW } from '../token-request.ts';

const NO_API = 'the resource server does not answer';

export async function checkCalls(deployment: Deployment): Promise<Finding[]> {
  const findings = [withoutToken(deployment), withToken(deployment), throughWebapp(deployment)];
  return (await Promise.all(findings)).flat();
}

async function withoutToken(deployment: Deployment): Promise<Finding> {
  const [name, reference] = ['API without a token', 'RFC 6750 §3'];
  if (isSilent(deployment, 'resource-server')) return skip(name, NO_API, reference);
  const reply = await deployment.ask(endpointAt(deployment.apiUrl, 'current_time'));
  if (
    'status' in reply &&
    reply.status === 401 &&
    /\bBearer\b/.test(reply.headers.get('www-authenticate') ?? '')
  ) {
    return ok(name, 'is refused, and told what it needs', reference);
  }
  const mend = 'set RESOURCE_SERVER_URL or RESOURCE to where the API is';
  return fault(name, `is not refused as it should be: ${statusOf(reply)}`, mend, reference);
}

async function withToken(deployment: Deployment): Promise<Finding[]> {
  const { ask, apiUrl } = deployment;
  const [right, wrong] = ['API with a token', 'API with a token for something else'];
  if (isSilent(deployment, 'resource-server')) return [right, wrong].map((name) => skip(name, NO_API));
  const issued = await requestToken(deployment, right);
  if ('none' in issued) return [right, wrong].map((name) => skip(name, 'there is no token'));
  const headers = { authorization: `Bearer ${issued.token}` };
  const accepted = await ask(endpointAt(apiUrl, 'current_time'), { headers });
  const refused = await ask(endpointAt(apiUrl, 'epoch_time'), { headers });
  if (!issued.isFresh()) return [right, wrong].map((name) => skip(name, TOO_SLOW));
  return [inScope(right, accepted), outOfScope(wrong, refused)];
}

function inScope(name: string, reply: Reply): Finding {
  const reference = 'RFC 6750 §2.1';
  if ('status' in reply && reply.status === 200) return ok(name, 'is answered', reference);
  const isRefusal = 'status' in reply && reply.status < 500;
  const mend = isRefusal
    ? 'set ISSUER and RESOURCE to the same URLs for all three services'
    : 'give the resource server the INTROSPECTION_ENDPOINT, RESOURCE_SERVER_CLIENT_ID and RESOURCE_SERVER_CLIENT_SECRET of the auth server';
  return fault(name, `is not answered: ${statusOf(reply)}${detailOf(reply)}`, mend, reference);
}

function outOfScope(name: string, reply: Reply): Finding {
  const reference = 'RFC 9700 §2.3';
  if ('status' in reply && reply.status === 403) return ok(name, 'is refused', reference);
  const mend =
    'have RESOURCE lead to the resource server of this system, which asks for a scope at each endpoint';
  return fault(name, `is not refused for its scope: ${statusOf(reply)}`, mend, reference);
}

async function throughWebapp(deployment: Deployment): Promise<Finding> {
  const name = 'a call of the webapp';
  if (isSilent(deployment, 'webapp')) return skip(name, 'the webapp does not answer');
  const reply = await deployment.ask(`${deployment.webappUrl}/current_time`);
  if ('status' in reply && reply.status === 200) return ok(name, 'is answered with the time');
  if ('status' in reply && reply.status === 303) return ok(name, 'sends the browser to the auth server');
  const detail = `is not answered: ${statusOf(reply)}${detailOf(reply)}`;
  if ('status' in reply && reply.status === 401) {
    const mend =
      'call it with -u, or set DEFAULT_USERNAME and DEFAULT_PASSWORD of the webapp to those of a user';
    return warn(name, detail, mend);
  }
  const mend = `mend the other faults first; if there are none, the log of the webapp says why under the request id${requestIdOf(reply)}`;
  return fault(name, detail, mend);
}

/** The request id of an answer, by which logs name the request. */
function requestIdOf(reply: Reply): string {
  const id = 'status' in reply ? reply.headers.get('x-request-id') : null;
  return id === null ? '' : ` ${shown(id)}`;
}

const problem = z.object({ detail: z.string() });

/** The detail of a problem answer (RFC 9457 §3.1.4), in brackets. */
function detailOf(reply: Reply): string {
  const { data } = problem.safeParse(jsonOf(reply));
  return data ? ` (${shown(data.detail)})` : '';
}
