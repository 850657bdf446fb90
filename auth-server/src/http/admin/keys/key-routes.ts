/** Routes that show and replace the signing keys. No answer holds a private member of a key. */
import { problems } from 'shared/http/described-routes.ts';
import { z } from 'zod';
import type { StagedKey } from '../../../core/keys/key-ring.ts';
import type { RecordAct } from '../audit/audited.ts';
import { orThrowProblem } from '../refusals.ts';
import { type AdminRoute, route } from '../route.ts';
import type { KeyAdministration } from '../use-cases.ts';

const key = z
  .object({
    kid: z.string(),
    alg: z.string(),
    stage: z.enum(['published', 'signing', 'retired']),
    created_at: z.iso.datetime(),
    signs_from: z.iso
      .datetime()
      .meta({ description: 'When the key begins to sign; until then it is only published' }),
  })
  .meta({ id: 'Key' });
const keys = z.object({ items: z.array(key) }).meta({ id: 'Keys' });
const KEYS = { 200: { description: 'All keys that are published', content: { 'application/json': keys } } };

const rotation = z
  .strictObject({
    at: z.enum(['published', 'now']).meta({
      description:
        '`published`: new keys are published now, and sign once everyone who caches the key set has had time to fetch them. `now`, for when a key has leaked: new keys sign at once, the old ones are removed, and nothing that they signed is accepted any more',
    }),
  })
  .meta({ id: 'Rotation' });

const tag = 'Keys';

/** The routes `GET /keys` and `POST /keys/rotations`. */
export function keyRoutes(ring: KeyAdministration, record: RecordAct): AdminRoute[] {
  return [
    route({
      method: 'get',
      path: '/keys',
      summary: 'List signing keys',
      tag,
      scope: 'keys:read',
      answers: KEYS,
      async handle() {
        return { status: 200, body: { items: (await ring.published()).map(shownKey) } };
      },
    }),
    route({
      method: 'post',
      path: '/keys/rotations',
      summary: 'Replace the keys that sign',
      tag,
      scope: 'keys:write',
      body: rotation,
      answers: { ...KEYS, ...problems({ 409: 'The keys come from JWKS_FILE and cannot be replaced here' }) },
      async handle(call) {
        const { at } = call.body;
        const rotated = orThrowProblem(await ring.rotate(at));
        await record(call, {
          action: 'key_rotated',
          subject: undefined,
          details: { at, kids: rotated.map(({ key }) => key.kid) },
        });
        return { status: 200, body: { items: rotated.map(shownKey) } };
      },
    }),
  ];
}

function shownKey({ key: { kid, alg, createdAt, signsFrom }, stage }: StagedKey): z.output<typeof key> {
  return {
    kid,
    alg,
    stage,
    created_at: new Date(createdAt).toISOString(),
    signs_from: new Date(signsFrom).toISOString(),
  };
}
