/** Checks that issuer, API and metadata agree at every URL by which they are known (RFC 8414, RFC 9728). */
import { z } from 'zod';
import { jsonOf, type Reply, statusOf } from '../ask.ts';
import { type ApiPoint, answers, type Deployment, type VantagePoint } from '../deployment.ts';
import { type Finding, fault, ok, shown, warn } from '../findings.ts';
import type { MetadataDocument } from '../metadata.ts';

export function checkDiscovery(deployment: Deployment): Finding[] {
  return [
    ...deployment.vantagePoints.flatMap((point) => ofVantagePoint(point, deployment)),
    ...deployment.apiPoints.map((point) => ofApi(point, deployment)),
  ];
}

function ofVantagePoint(point: VantagePoint, { vantagePoints, settings }: Deployment): Finding[] {
  const { url, openid, oauth } = point;
  if (!answers(point)) {
    const isElsewhere = vantagePoints.some(answers);
    return [notReached(`issuer at ${url}`, openid.reply, point.settings.join(' and '), isElsewhere)];
  }
  return [
    ofDocument(`openid-configuration at ${url}`, openid, settings.ISSUER, 'OpenID Connect Discovery §4.3'),
    ofDocument(`oauth-authorization-server at ${url}`, oauth, settings.ISSUER, 'RFC 8414 §3.3'),
  ];
}

function ofDocument(
  name: string,
  { url, reply, wrong }: MetadataDocument,
  issuer: string,
  reference: string,
): Finding {
  if (wrong) return fault(name, wrong.detail, wrong.mend, reference);
  if ('unreachable' in reply)
    return fault(
      name,
      statusOf(reply),
      `let whatever is in front lead ${new URL(url).pathname} to the auth server`,
      reference,
    );
  return ok(name, `the issuer is ${issuer}, and the endpoints are there`, reference);
}

/** A container cannot reach ports published on its host, nor the host a container's name, and neither has to. */
function notReached(name: string, reply: Reply, setting: string, isElsewhere: boolean): Finding {
  if (!isElsewhere)
    return fault(name, statusOf(reply), `start it (npm start), or set ${setting} to where it is`);
  return warn(
    name,
    `from here there is ${statusOf(reply)}, but another URL answers`,
    `if ${setting} is for others, run the doctor where they are; if not, set it to where it can be reached`,
  );
}

/** The members of RFC 9728 §2 that are checked. */
const protectedResource = z.object({ resource: z.string(), authorization_servers: z.array(z.string()) });

function ofApi({ url, setting, reply }: ApiPoint, { apiPoints, settings }: Deployment): Finding {
  const [name, reference] = [`API at ${url}`, 'RFC 9728 §3.3'];
  if ('unreachable' in reply) {
    const isElsewhere = apiPoints.some((other) => 'status' in other.reply);
    return notReached(name, reply, setting, isElsewhere);
  }
  const { data } = protectedResource.safeParse(jsonOf(reply));
  if (data === undefined) {
    const mend = `set ${setting} to where the resource server is`;
    return fault(name, `answers ${reply.status}, and not with metadata`, mend, reference);
  }
  if (data.resource !== settings.RESOURCE) {
    const detail = `it calls itself ${shown(data.resource)}, and here RESOURCE is ${settings.RESOURCE}`;
    return fault(name, detail, 'set RESOURCE to the same URL on all three services and here', reference);
  }
  if (!data.authorization_servers.includes(settings.ISSUER)) {
    const detail = `it takes tokens of ${shown(data.authorization_servers)}, and here ISSUER is ${settings.ISSUER}`;
    return fault(name, detail, 'set ISSUER to the same URL on all three services and here', reference);
  }
  return ok(name, `it is ${settings.RESOURCE}, and takes tokens of ${settings.ISSUER}`, reference);
}
