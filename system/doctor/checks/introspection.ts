/** Checks that the resource server can introspect (RFC 7662), and that a revocation (RFC 7009) shows at once. */
import { randomBytes } from 'node:crypto';
import { introspectionResponse } from 'shared/oauth/introspection-response.ts';
import { jsonOf, type Reply, statusOf } from '../ask.ts';
import {
  type Client,
  type ConfiguredClient,
  isClientRefused,
  postAs,
  refusedClient,
  resourceServerClient,
  webappClient,
} from '../client.ts';
import { type Deployment, NO_METADATA } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip } from '../findings.ts';
import { requestToken, TOO_SLOW } from '../token-request.ts';

const GOOD = 'a good token';
const REVOKED = 'a revoked token';

export async function checkIntrospection(deployment: Deployment): Promise<Finding[]> {
  if (deployment.metadata === undefined) return [skip('introspection', NO_METADATA)];
  const client = resourceServerClient(deployment.settings);
  const garbage = await ofGarbage(deployment, client);
  if (garbage.result !== 'ok') {
    const rest = ['a wrong secret', GOOD, REVOKED];
    return [garbage, ...rest.map((name) => skip(name, 'introspection does not work'))];
  }
  return [garbage, await withWrongSecret(deployment, client), ...(await ofToken(deployment, client))];
}

async function ofGarbage(deployment: Deployment, client: ConfiguredClient): Promise<Finding> {
  const [name, reference] = [`client ${shown(client.id)}`, 'RFC 7662 §2.2'];
  const reply = await introspect(deployment, client, 'no-token');
  if (isClientRefused(reply)) return refusedClient(name, client, deployment.settings);
  if (isActive(reply) === false)
    return ok(name, 'may introspect, and an unknown token is inactive', reference);
  const detail = `${deployment.endpoints.introspection}: ${statusOf(reply)}, and does not say that an unknown token is inactive`;
  return fault(name, detail, 'set INTROSPECTION_ENDPOINT to where the auth server introspects', reference);
}

async function withWrongSecret(deployment: Deployment, { id }: Client): Promise<Finding> {
  const [name, reference] = ['a wrong secret', 'RFC 7662 §2.1'];
  const secret = randomBytes(16).toString('hex');
  const reply = await introspect(deployment, { id, secret }, 'no-token');
  if (isClientRefused(reply)) return ok(name, 'is refused', reference);
  const mend = 'have INTROSPECTION_ENDPOINT lead to an auth server that authenticates its clients';
  return fault(name, `is not refused: ${statusOf(reply)}`, mend, reference);
}

async function ofToken(deployment: Deployment, client: Client): Promise<Finding[]> {
  const issued = await requestToken(deployment, GOOD);
  if ('none' in issued) return [GOOD, REVOKED].map((name) => skip(name, 'there is no token'));
  const { settings, endpoints } = deployment;
  const before = isActive(await introspect(deployment, client, issued.token));
  await postAs(deployment, webappClient(settings), endpoints.revocation, { token: issued.token });
  const after = isActive(await introspect(deployment, client, issued.token));
  if (!issued.isFresh()) return [GOOD, REVOKED].map((name) => skip(name, TOO_SLOW));
  return [whileGood(before), before ? onceRevoked(after) : skip(REVOKED, 'it was not active before')];
}

function whileGood(active: boolean | undefined): Finding {
  if (active) return ok(GOOD, 'is active', 'RFC 7662 §2.2');
  const mend = 'set RESOURCE to the same URL on the auth server, on the resource server and here';
  return fault(GOOD, 'is not active for the resource server', mend, 'RFC 7662 §2.2');
}

function onceRevoked(active: boolean | undefined): Finding {
  if (active === false) return ok(REVOKED, 'is inactive at once', 'RFC 7009 §2');
  const mend =
    'run one auth server, or give all of them the same DATABASE_URL: without it, another does not know what this one has revoked';
  return fault(REVOKED, 'is still active', mend, 'RFC 7009 §2');
}

function introspect(deployment: Deployment, client: Client, token: string): Promise<Reply> {
  const form = { token, token_type_hint: 'access_token' };
  return postAs(deployment, client, deployment.endpoints.introspection, form);
}

/** Whether an introspection answer says active; undefined when it is not such an answer. */
function isActive(reply: Reply): boolean | undefined {
  if ('unreachable' in reply || reply.status !== 200) return undefined;
  return introspectionResponse.safeParse(jsonOf(reply)).data?.active;
}
