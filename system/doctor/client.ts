/** Makes requests as one of the clients in the settings, and reads the auth server's refusals. */
import { basicCredentials } from 'shared/oauth/basic-credentials.ts';
import { errorResponse } from 'shared/oauth/token-response.ts';
import { jsonOf, type Reply } from './ask.ts';
import type { Deployment } from './deployment.ts';
import { type Finding, fault, shown, skip } from './findings.ts';
import type { Settings } from './settings.ts';

/** The credentials of a client. */
export interface Client {
  id: string;
  secret: string;
}

/** A client in the settings, with the names of its settings. */
export interface ConfiguredClient extends Client {
  idSetting: string;
  secretSetting: string;
}

export function webappClient({ WEBAPP_CLIENT_ID, WEBAPP_CLIENT_SECRET }: Settings): ConfiguredClient {
  return {
    id: WEBAPP_CLIENT_ID,
    secret: WEBAPP_CLIENT_SECRET,
    idSetting: 'WEBAPP_CLIENT_ID',
    secretSetting: 'WEBAPP_CLIENT_SECRET',
  };
}

export function resourceServerClient(settings: Settings): ConfiguredClient {
  return {
    id: settings.RESOURCE_SERVER_CLIENT_ID,
    secret: settings.RESOURCE_SERVER_CLIENT_SECRET,
    idSetting: 'RESOURCE_SERVER_CLIENT_ID',
    secretSetting: 'RESOURCE_SERVER_CLIENT_SECRET',
  };
}

/** Posts a form as a client that authenticates by HTTP Basic (RFC 6749 §2.3.1). */
export function postAs(
  { ask }: Deployment,
  { id, secret }: Client,
  url: string,
  form: Record<string, string>,
): Promise<Reply> {
  return ask(url, { headers: { authorization: basicCredentials(id, secret) }, form });
}

/** The error code of an answer (RFC 6749 §5.2). */
export function errorOf(reply: Reply): string | undefined {
  const { data } = errorResponse.safeParse(jsonOf(reply));
  return data && shown(data.error);
}

/** Whether an answer says that the client's credentials are wrong (RFC 6749 §5.2). */
export function isClientRefused(reply: Reply): boolean {
  return 'status' in reply && (reply.status === 401 || errorOf(reply) === 'invalid_client');
}

/** The finding about a client whose credentials are refused. */
export function refusedClient(
  name: string,
  { id, idSetting, secretSetting }: ConfiguredClient,
  { isSet }: Settings,
): Finding {
  if (!isSet(idSetting) && !isSet(secretSetting)) {
    return skip(
      name,
      `${secretSetting} is not set here and its default is refused: set it as on the auth server`,
    );
  }
  const detail = `the auth server refuses client ${shown(id)} with the ${secretSetting} that is set here`;
  const mend = `set ${idSetting} and ${secretSetting} to the same values on the auth server, on the service that uses them and here`;
  return fault(name, detail, mend, 'RFC 6749 §5.2');
}
