/** Checks that the issuer knows each API of FORWARD_AUTH, and lets the resource server introspect its tokens. */
import { sameResource } from 'shared/core/resource-indicators.ts';
import { apisOfFile } from '../apis-of-file.ts';
import type { Deployment } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';

export function checkForwardAuth({ settings }: Deployment): Finding[] {
  const apis = apisOfFile(settings);
  const { RESOURCE_SERVER_CLIENT_ID: client } = settings;
  return settings.FORWARD_AUTH.map((resource) => {
    const name = `FORWARD_AUTH for ${shown(resource)}`;
    if ('none' in apis) return skip(name, 'the APIs of APIS_FILE are not known here');
    const api = apis.find((api) => sameResource(api.resource, resource));
    if (api === undefined) {
      const mend =
        'add it to APIS_FILE, or take it out of FORWARD_AUTH; if an administrator has defined it, nothing is wrong';
      return warn(name, 'APIS_FILE has no such API, so that there are no tokens for it', mend);
    }
    if (api.resource_servers.includes(client)) return ok(name, `${client} may introspect its tokens`);
    const detail = `${client} may not introspect its tokens, so that each is refused as unknown`;
    return fault(name, detail, `add ${client} to its resource_servers`);
  });
}
