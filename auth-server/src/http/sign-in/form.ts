/** Reads and checks the forms of our own pages. */
import { parse } from 'node:querystring';
import type { Context } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';
import { Problem } from 'shared/http/problem.ts';
import type { z } from 'zod';

/**
 * The posted form.
 *
 * @throws {Problem} 400 when it does not have this shape, 403 when another site's page posted it
 */
export async function readForm<Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const site = ctx.get('sec-fetch-site');
  if (site !== '' && site !== 'same-origin' && site !== 'none') {
    throw new Problem(403, 'This form can only be sent from our own pages.');
  }
  const form = schema.safeParse(parse(bodyOf(ctx)));
  if (form.success) return form.data;
  throw new Problem(400, 'The form is not complete.');
}
