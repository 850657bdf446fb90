/** Checks each API of APIS_FILE: whether it, its metadata (RFC 9728) and the issuer agree. */
import { metadataUrl } from 'shared/oauth/protected-resource-metadata.ts';
import { z } from 'zod';
import { type ApiOfFile, apisOfFile } from '../apis-of-file.ts';
import { jsonOf, type Reply, statusOf } from '../ask.ts';
import type { Deployment } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';

/** How many APIs are asked at once. */
const AT_ONCE = 32;

export async function checkApis(deployment: Deployment): Promise<Finding[]> {
  const apis = apisOfFile(deployment.settings);
  if ('none' in apis) return [apis.none];
  const findings: Finding[][] = [];
  const waiting = apis.entries();
  const askInTurn = async () => {
    for (const [index, api] of waiting) findings[index] = await checkApi(api, deployment);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
  return findings.flat();
}

async function checkApi(api: ApiOfFile, deployment: Deployment): Promise<Finding[]> {
  const ofIssuer = knownToIssuer(api, deployment);
  // Other identifiers, such as URNs, are no addresses.
  if (!/^https?:/i.test(api.resource)) return ofIssuer;
  const reply = await deployment.ask(metadataUrl(api.resource));
  const { data } = protectedResource.safeParse(jsonOf(reply));
  if (data === undefined) return [...ofIssuer, withoutMetadata(api, reply)];
  const called = await deployment.ask(api.resource);
  return [...ofIssuer, agreed(api, data, deployment), ...supported(api, data), withoutToken(api, called)];
}

/** Whether the running issuer has the API's scopes, as far as discovery tells. */
function knownToIssuer({ resource, scopes, listed }: ApiOfFile, { metadata }: Deployment): Finding[] {
  const [name, reference] = [`scopes of ${shown(resource)}`, 'RFC 8414 §2'];
  const known = metadata?.scopes_supported;
  if (!listed || known === undefined) return [];
  const missing = Object.keys(scopes).filter((scope) => !known.includes(scope));
  if (missing.length === 0) return [ok(name, 'the auth server has them', reference)];
  const mend = 'send the auth server SIGHUP or start it again, and give it the same APIS_FILE as here';
  return [fault(name, `the auth server does not have ${listedShort(missing)}`, mend, reference)];
}

/** The members of RFC 9728 §2 that are checked. */
const protectedResource = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()).default([]),
  scopes_supported: z.array(z.string()).default([]),
});

type ProtectedResource = z.output<typeof protectedResource>;

/** An identifier need not be an address, and an API need not have metadata. */
function withoutMetadata({ resource }: ApiOfFile, reply: Reply): Finding {
  const [name, reference] = [`API at ${shown(resource)}`, 'RFC 9728 §3'];
  if ('unreachable' in reply) {
    const mend =
      'start it, or run the doctor where it can be reached; if it has no address, nothing is wrong';
    return warn(name, statusOf(reply), mend, reference);
  }
  const detail = `answers ${reply.status}, and not with metadata, at ${shown(metadataUrl(resource))}`;
  return warn(
    name,
    detail,
    'have it publish its metadata there, from which clients learn its issuer',
    reference,
  );
}

function agreed({ resource }: ApiOfFile, said: ProtectedResource, { settings }: Deployment): Finding {
  const [name, reference] = [`API at ${shown(resource)}`, 'RFC 9728 §3.3'];
  if (said.resource !== resource) {
    const detail = `it calls itself ${shown(said.resource)}, and in APIS_FILE it is ${shown(resource)}`;
    return fault(name, detail, 'give it one identifier in both places, character for character', reference);
  }
  if (!said.authorization_servers.includes(settings.ISSUER)) {
    const issuers = said.authorization_servers.length > 0 ? shown(said.authorization_servers) : 'no issuer';
    const detail = `it takes tokens of ${issuers}, and here ISSUER is ${settings.ISSUER}`;
    return fault(name, detail, 'have its metadata name ISSUER among authorization_servers', reference);
  }
  return ok(name, `it calls itself so, and takes tokens of ${settings.ISSUER}`, reference);
}

function supported({ resource, scopes }: ApiOfFile, said: ProtectedResource): Finding[] {
  const [name, reference] = [`scopes that ${shown(resource)} supports`, 'RFC 9728 §2'];
  const unknown = said.scopes_supported.filter((scope) => !Object.hasOwn(scopes, scope));
  if (unknown.length > 0) {
    const mend = 'add them to the API in APIS_FILE, or take them out of its metadata';
    return [warn(name, `APIS_FILE does not have ${listedShort(unknown)}`, mend, reference)];
  }
  return said.scopes_supported.length > 0 ? [ok(name, 'APIS_FILE has them', reference)] : [];
}

function withoutToken({ resource }: ApiOfFile, reply: Reply): Finding {
  const [name, reference] = [`${shown(resource)} without a token`, 'RFC 6750 §3'];
  if ('unreachable' in reply) {
    return warn(name, statusOf(reply), 'see why it answers for its metadata only', reference);
  }
  if (reply.status === 401) {
    const challenges = reply.headers.get('www-authenticate') ?? '';
    if (/\b(Bearer|DPoP)\b/i.test(challenges))
      return ok(name, 'is refused, and told what it needs', reference);
    const mend =
      'have the API send WWW-Authenticate with each 401: clients learn from it that they need a token';
    return fault(name, 'is refused, but without a challenge', mend, reference);
  }
  if (reply.status < 300) {
    const mend =
      'see that the API asks for a token wherever it should; if this page is for everybody, nothing is wrong';
    return warn(name, `is answered with ${reply.status}`, mend, reference);
  }
  return skip(name, `its identifier leads to no endpoint: ${statusOf(reply)}`, reference);
}

/** The first names of a list, and how many more there are. */
function listedShort(names: string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${shown(names.slice(0, 5).join(', '))}${more}`;
}
