/** The clients of CLIENTS_FILE, as far as their form is concerned; whether they can work is checked at start. */
import { nearMiss } from 'shared/config/near-misses.ts';
import { isLongSecret } from 'shared/config/settings.ts';
import { z } from 'zod';
import { CLIENT_MEMBERS } from '../core/clients/client-members.ts';
import { workloadIdentities } from '../core/workloads/workload-identity.ts';
import { jsonFile } from './json-file.ts';

const clients = z.array(
  z
    .looseObject({
      client_id: z.string().min(1),
      client_secret: z.string().optional(),
      grant_types: z.array(z.string()).default(['authorization_code']),
      response_types: z.array(z.string()).default(['code']),
      redirect_uris: z.array(z.string()).default([]),
      workload_identities: workloadIdentities.optional(),
    })
    .superRefine((client, context) => {
      for (const [name, meant] of misspeltMembers(client)) {
        const message = `is not a member of client metadata; did you mean ${meant}?`;
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }),
);

/** Members that are almost some that are known. Others are not our business: RFC 7591 §2 lets clients have them. */
function misspeltMembers(client: object): [name: string, meant: string][] {
  return Object.keys(client).flatMap((name) => {
    const meant = nearMiss(name, CLIENT_MEMBERS);
    return meant === undefined ? [] : [[name, meant]];
  });
}

/** A file with a JSON array of client metadata (RFC 7591 §2). */
export const clientsFile = jsonFile(clients);

/** The ids of clients whose secrets are too short; none where the file has another fault, which is reported by itself. */
export function clientsWithShortSecrets(file: unknown): string[] {
  return (clients.safeParse(file).data ?? [])
    .filter(({ client_secret: secret }) => secret !== undefined && !isLongSecret(secret))
    .map(({ client_id: id }) => id);
}
