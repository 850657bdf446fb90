/** Routes to the clients that administrators register. */
import { problems } from 'shared/http/described-routes.ts';
import { z } from 'zod';
import type { RegisteredClient } from '../../../core/clients/client-registry.ts';
import type { RecordAct } from '../audit/audited.ts';
import { entityTag } from '../entity-tags.ts';
import { clientId, partId } from '../ids.ts';
import { page, pageQuery } from '../paging.ts';
import { orThrowNotFound, orThrowProblem } from '../refusals.ts';
import { type AdminRoute, type Reply, route } from '../route.ts';
import type { ClientAdministration } from '../use-cases.ts';
import {
  client,
  clientChanges,
  clientPage,
  createdClient,
  createdSecret,
  newClient,
  shownClient,
} from './client-shapes.ts';

const ETAG = { ETag: 'The version of the client' };
const ANSWER = {
  200: { description: 'The client', content: { 'application/json': client }, headers: ETAG },
};
const INVALID = problems({ 422: 'The client metadata is not valid' });

const tag = 'Clients';
const params = z.object({ id: clientId });
const query = pageQuery(clientId);

/** @param record records each change before the caller is answered */
export function clientRoutes(clients: ClientAdministration, record: RecordAct): AdminRoute[] {
  return [
    route({
      method: 'get',
      path: '/clients',
      summary: 'List clients',
      description:
        'Lists the clients that were registered here, but not those of the settings or those that registered themselves.',
      tag,
      scope: 'clients:read',
      query,
      answers: { 200: { description: 'Clients', content: { 'application/json': clientPage } } },
      async handle({ query }) {
        const body = await page(query, clients.list, ({ clientId }) => clientId, shownClient);
        return { status: 200, body };
      },
    }),
    route({
      method: 'post',
      path: '/clients',
      summary: 'Register a client',
      tag,
      scope: 'clients:write',
      body: newClient,
      answers: {
        201: {
          description: 'The new client, with its secret',
          content: { 'application/json': createdClient },
          headers: { ...ETAG, Location: 'The path of the client' },
        },
        ...problems({ 409: 'A client has or had this id' }),
        ...INVALID,
      },
      async handle(call) {
        const created = orThrowProblem(await clients.create(call.body));
        const id = created.client.clientId;
        const members = Object.keys(call.body);
        await record(call, { action: 'client_created', subject: `client:${id}`, details: { members } });
        const { headers, body } = clientReply(created.client);
        return {
          status: 201,
          body: { ...body, ...(created.secret !== undefined && { client_secret: created.secret }) },
          headers: { ...headers, Location: `/clients/${id}` },
        };
      },
    }),
    route({
      method: 'get',
      path: '/clients/{id}',
      summary: 'Get a client',
      tag,
      scope: 'clients:read',
      params,
      answers: ANSWER,
      async handle({ params: { id } }) {
        return clientReply(orThrowNotFound(await clients.find(id)));
      },
    }),
    route({
      method: 'patch',
      path: '/clients/{id}',
      summary: 'Change a client',
      tag,
      scope: 'clients:write',
      params,
      body: clientChanges,
      ifMatch: true,
      answers: { ...ANSWER, ...INVALID },
      async handle(call) {
        const { id } = call.params;
        const changes = Object.entries(call.body).map(([name, value]) => [name, value ?? undefined]);
        const result = await clients.change(id, call.version, Object.fromEntries(changes));
        const changed = orThrowProblem(result);
        const members = Object.keys(call.body);
        await record(call, { action: 'client_changed', subject: `client:${id}`, details: { members } });
        return clientReply(changed);
      },
    }),
    route({
      method: 'delete',
      path: '/clients/{id}',
      summary: 'Delete a client',
      description: 'Everything that was granted to the client ends. No other client will ever have its id.',
      tag,
      scope: 'clients:write',
      params,
      ifMatch: true,
      answers: { 204: { description: 'The client is deleted' } },
      async handle(call) {
        const { id } = call.params;
        orThrowProblem(await clients.delete(id, call.version));
        await record(call, { action: 'client_deleted', subject: `client:${id}` });
        return { status: 204 };
      },
    }),
    route({
      method: 'post',
      path: '/clients/{id}/secrets',
      summary: 'Add a secret',
      description: 'A client may have two secrets, so that one can replace the other.',
      tag,
      scope: 'clients:write',
      params,
      answers: {
        201: {
          description: 'The new secret',
          content: { 'application/json': createdSecret },
          headers: { ...ETAG, Location: 'The path of the secret' },
        },
        ...problems({
          412: 'The client was changed in the meantime',
          422: 'The client cannot have another secret',
        }),
      },
      async handle(call) {
        const { id } = call.params;
        const added = orThrowProblem(await clients.addSecret(id));
        await record(call, {
          action: 'client_secret_added',
          subject: `client:${id}`,
          details: { secret_id: added.id },
        });
        const kept = added.client.secrets.find((secret) => secret.id === added.id);
        return {
          status: 201,
          body: {
            id: added.id,
            created_at: kept?.createdAt.toISOString(),
            client_secret: added.secret,
          },
          headers: { ETag: entityTag(added.client.version), Location: `/clients/${id}/secrets/${added.id}` },
        };
      },
    }),
    route({
      method: 'delete',
      path: '/clients/{id}/secrets/{secret}',
      summary: 'Remove a secret',
      tag,
      scope: 'clients:write',
      params: z.object({ id: clientId, secret: partId }),
      answers: {
        204: { description: 'The secret is removed', headers: ETAG },
        ...problems({
          412: 'The client was changed in the meantime',
          422: 'The client would have no secret left',
        }),
      },
      async handle(call) {
        const { id, secret } = call.params;
        const changed = orThrowProblem(await clients.removeSecret(id, secret));
        await record(call, {
          action: 'client_secret_removed',
          subject: `client:${id}`,
          details: { secret_id: secret },
        });
        return { status: 204, headers: { ETag: entityTag(changed.version) } };
      },
    }),
  ];
}

function clientReply(registered: RegisteredClient): Reply {
  return { status: 200, body: shownClient(registered), headers: { ETag: entityTag(registered.version) } };
}
