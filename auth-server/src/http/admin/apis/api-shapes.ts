/** APIs as the admin API shows and takes them: as operators define them in APIS_FILE. */
import { z } from 'zod';
import type { AdministeredApi } from '../../../core/apis/api-administration.ts';
import { apiDefinition } from '../../../core/apis/api-definition.ts';
import { pageOf } from '../paging.ts';

const { resource: _unchangeable, ...changeable } = apiDefinition.shape;

/** An API to define. */
export const newApi = apiDefinition.meta({
  id: 'NewApi',
  description:
    'The definition of an API. `name` and descriptions may be repeated in other languages, as `name#de` and the like',
});

/** Changes to an API; null removes a member (RFC 7396). Whether the result is valid is checked with the API as a whole. */
export const apiChanges = z
  .looseObject({
    ...Object.fromEntries(Object.entries(changeable).map(([name, shape]) => [name, change(shape)])),
    scopes: z
      .record(z.string(), z.unknown())
      .nullable()
      .optional()
      .meta({ ...changeable.scopes.meta(), description: 'Scopes to add or change; null removes one' }),
  })
  .superRefine((changes, context) => {
    const unknown = Object.keys(changes).filter(
      (name) => !Object.hasOwn(changeable, name) && !name.startsWith('name#'),
    );
    if (unknown.length > 0) context.addIssue({ code: 'unrecognized_keys', keys: unknown });
  })
  .meta({ id: 'ApiChanges', description: 'A JSON Merge Patch (RFC 7396) of the definition of an API' });

/** An API as it is shown. */
export const shownApi = z
  .looseObject({
    id: z.string().meta({ description: 'What it is called in paths here; it follows from `resource`' }),
    origin: z.enum(['built in', 'file', 'registry']).meta({
      description: 'Where it is defined. Those of the registry can be changed here, and no others',
    }),
    created_at: z.iso.datetime().optional(),
    updated_at: z.iso.datetime().optional(),
    ...apiDefinition.shape,
  })
  .meta({ id: 'Api', description: 'An API, with its definition' });

/** A page of APIs. */
export const apiPage = pageOf(shownApi).meta({ id: 'ApiPage' });

/** An API in the answer's body. */
export function apiBody({ id, definition, origin, createdAt, updatedAt }: AdministeredApi) {
  return {
    id,
    origin,
    ...definition,
    ...(createdAt && { created_at: createdAt.toISOString() }),
    ...(updatedAt && { updated_at: updatedAt.toISOString() }),
  };
}

/** A member that is left as it is where it is not given, whatever it is by default. */
function change(shape: z.ZodType): z.ZodType {
  const own = shape instanceof z.ZodDefault || shape instanceof z.ZodOptional ? shape.unwrap() : shape;
  return (own as z.ZodType)
    .nullable()
    .optional()
    .meta({ ...shape.meta() });
}
