/** Routes to the APIs: all of them to see, and those that administrators define to change. */
import { problems } from 'shared/http/described-routes.ts';
import { z } from 'zod';
import type { AdministeredApi } from '../../../core/apis/api-administration.ts';
import type { RecordAct } from '../audit/audited.ts';
import { entityTag } from '../entity-tags.ts';
import { apiId } from '../ids.ts';
import { page, pageQuery } from '../paging.ts';
import { orThrowNotFound, orThrowProblem } from '../refusals.ts';
import { type AdminRoute, type Reply, route } from '../route.ts';
import type { ApiAdministration } from '../use-cases.ts';
import { apiBody, apiChanges, apiPage, newApi, shownApi } from './api-shapes.ts';

const ETAG = { ETag: 'The version of the API' };
const ANSWER = {
  200: { description: 'The API', content: { 'application/json': shownApi }, headers: ETAG },
};
const INVALID = problems({ 422: 'The definition of the API is not valid' });
const OF_SETTINGS = problems({ 409: 'The API comes from the settings, and can be changed only there' });

const tag = 'APIs';
const params = z.object({ id: apiId });
const query = pageQuery(z.string().max(2_000));

/** @param record records each change before the caller is answered */
export function apiRoutes(apis: ApiAdministration, record: RecordAct): AdminRoute[] {
  return [
    route({
      method: 'get',
      path: '/apis',
      summary: 'List APIs',
      description: 'Lists all APIs in the order of their identifiers, also those of the settings.',
      tag,
      scope: 'apis:read',
      query,
      answers: { 200: { description: 'APIs', content: { 'application/json': apiPage } } },
      async handle({ query }) {
        const body = await page(query, apis.list, ({ definition }) => definition.resource, apiBody);
        return { status: 200, body };
      },
    }),
    route({
      method: 'post',
      path: '/apis',
      summary: 'Define an API',
      description: 'Clients can get tokens for it at once, and at other replicas within a second.',
      tag,
      scope: 'apis:write',
      body: newApi,
      answers: {
        201: {
          description: 'The new API',
          content: { 'application/json': shownApi },
          headers: { ...ETAG, Location: 'The path of the API' },
        },
        ...problems({ 409: 'There is an API with this identifier' }),
        ...INVALID,
      },
      async handle(call) {
        const created = orThrowProblem(await apis.create(call.body));
        const { id, definition } = created;
        const details = { resource: definition.resource, scopes: Object.keys(definition.scopes) };
        await record(call, { action: 'api_created', subject: `api:${id}`, details });
        const { body, headers } = apiReply(created);
        return { status: 201, ...(body && { body }), headers: { ...headers, Location: `/apis/${id}` } };
      },
    }),
    route({
      method: 'get',
      path: '/apis/{id}',
      summary: 'Get an API',
      tag,
      scope: 'apis:read',
      params,
      answers: ANSWER,
      async handle({ params: { id } }) {
        return apiReply(orThrowNotFound(await apis.find(id)));
      },
    }),
    route({
      method: 'patch',
      path: '/apis/{id}',
      summary: 'Change an API',
      description:
        'Tokens for a scope that is removed are inactive, and what users have allowed of it is forgotten. The identifier of an API cannot be changed.',
      tag,
      scope: 'apis:write',
      params,
      body: apiChanges,
      ifMatch: true,
      answers: { ...ANSWER, ...OF_SETTINGS, ...INVALID },
      async handle(call) {
        const { id } = call.params;
        const changed = orThrowProblem(await apis.change(id, call.version, call.body));
        const members = Object.keys(call.body);
        const details = { resource: changed.definition.resource, members };
        await record(call, { action: 'api_changed', subject: `api:${id}`, details });
        return apiReply(changed);
      },
    }),
    route({
      method: 'delete',
      path: '/apis/{id}',
      summary: 'Delete an API',
      description:
        'Its tokens are inactive, and what users have allowed of it is forgotten, also if it is defined again.',
      tag,
      scope: 'apis:write',
      params,
      ifMatch: true,
      answers: { 204: { description: 'The API is deleted' }, ...OF_SETTINGS },
      async handle(call) {
        const { id } = call.params;
        const { resource } = orThrowProblem(await apis.delete(id, call.version));
        await record(call, { action: 'api_deleted', subject: `api:${id}`, details: { resource } });
        return { status: 204 };
      },
    }),
  ];
}

function apiReply(api: AdministeredApi): Reply {
  return { status: 200, body: apiBody(api), headers: { ETag: entityTag(api.version) } };
}
