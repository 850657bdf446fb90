/** Finds what is only good for a demo: a warning in development, a fault in production. */
import { isDemoSecret } from 'shared/config/settings.ts';
import {
  type Client,
  type ConfiguredClient,
  isClientRefused,
  postAs,
  resourceServerClient,
  webappClient,
} from '../client.ts';
import type { Deployment } from '../deployment.ts';
import { type Finding, fault, ok, skip, warn } from '../findings.ts';
import { acceptsAnyone } from '../token-request.ts';

/** The client that the auth server registers everywhere but in production. */
const DEMO_CLIENT = { id: '5678', secret: 'asdfgh' };

export async function checkDemo(deployment: Deployment): Promise<Finding[]> {
  const { settings } = deployment;
  return Promise.all([
    secretOf(webappClient(settings), 'qwerty', deployment),
    secretOf(resourceServerClient(settings), 'asdfgh', deployment),
    defaultPassword(deployment),
    userDirectory(deployment),
    demoClient(deployment),
  ]);
}

/** Goes by what the auth server accepts, or else by what is set here, which may differ. */
async function secretOf(
  { id, secret, secretSetting }: ConfiguredClient,
  usual: string,
  deployment: Deployment,
): Promise<Finding> {
  const accepted = await accepts(deployment, { id, secret: isDemoSecret(secret) ? secret : usual });
  if (!(accepted ?? isDemoSecret(secret))) return ok(secretSetting, 'is not the demo secret');
  const mend = 'set it to a long random value, on the auth server and on the service that uses it';
  return demo(deployment, secretSetting, 'is the demo secret that everybody knows', mend);
}

async function defaultPassword(deployment: Deployment): Promise<Finding> {
  const name = 'DEFAULT_PASSWORD';
  if (deployment.settings.DEFAULT_PASSWORD !== 'builder') return ok(name, 'is not the demo password');
  const mend = 'set it on the webapp to the password of DEFAULT_USERNAME';
  return demo(deployment, name, 'is the demo password that everybody knows', mend);
}

async function userDirectory(deployment: Deployment): Promise<Finding> {
  const name = 'USER_DIRECTORY';
  const accepted = await acceptsAnyone(deployment);
  // When it is not set, this may be the environment of another service.
  if (accepted === undefined && !deployment.settings.isSet(name)) {
    return skip(name, 'it is not set here, and without the password grant it does not show');
  }
  if (!(accepted ?? deployment.settings.USER_DIRECTORY === 'accept-anyone')) {
    return ok(name, 'does not accept just anyone');
  }
  const mend =
    'set DATABASE_URL on the auth server to keep users, set USER_DIRECTORY to none, or put your own directory in its place (docs/protect-an-api.md)';
  return demo(deployment, name, 'accepts anyone: everybody can be anybody', mend);
}

async function demoClient(deployment: Deployment): Promise<Finding> {
  const name = `client ${DEMO_CLIENT.id}`;
  const accepted = await accepts(deployment, DEMO_CLIENT);
  if (accepted === undefined) return skip(name, 'the auth server does not tell');
  if (!accepted) return ok(name, 'is not there with its demo secret');
  const mend = 'run the auth server with APP_ENV=production, which leaves it out';
  return demo(deployment, name, 'is there with its demo secret', mend);
}

function demo({ settings }: Deployment, name: string, detail: string, mend: string): Finding {
  return (settings.APP_ENV === 'production' ? fault : warn)(name, detail, mend);
}

/** Whether the auth server accepts the credentials of a client; undefined when it does not say. */
async function accepts(deployment: Deployment, client: Client): Promise<boolean | undefined> {
  if (deployment.metadata === undefined) return undefined;
  const form = { token: 'no-token' };
  const reply = await postAs(deployment, client, deployment.endpoints.introspection, form);
  if (isClientRefused(reply)) return false;
  return 'status' in reply && reply.status === 200 ? true : undefined;
}
