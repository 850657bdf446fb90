/** The clients that the definition of an API names. */
import type { ApiDefinition } from './api-definition.ts';

/** Their ids, each with the member that names it: the resource servers, and the clients that may exchange tokens. */
export function namedClients({
  resource_servers,
  exchange,
}: ApiDefinition): { id: string; path: PropertyKey[] }[] {
  return [
    ...resource_servers.map((id, index) => ({ id, path: ['resource_servers', index] })),
    ...exchange.flatMap(({ clients }, entry) =>
      clients.map((id, index) => ({ id, path: ['exchange', entry, 'clients', index] })),
    ),
  ];
}
