/** Pages of lists, each with a cursor to the next. */
import { z } from 'zod';

/** The query of a list. A cursor is the key of the last item before the page; it says nothing that is secret. */
export function pageQuery(key: z.ZodType<string, string>) {
  return z.strictObject({
    limit: z.coerce
      .number<string>()
      .int()
      .min(1)
      .max(100)
      .default(20)
      .meta({ description: 'How many items at most' }),
    after: z
      .string()
      .regex(/^[\w-]{1,400}$/, 'this is no cursor')
      .transform((cursor) => Buffer.from(cursor, 'base64url').toString())
      .pipe(key)
      .optional()
      .meta({ description: 'The cursor of a page: `next` of the page before it' }),
  });
}

export interface PageRequest {
  limit: number;
  after?: string | undefined;
}

/** The shape of a page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z
      .string()
      .nullable()
      .meta({ description: 'The cursor of the next page; null when this is the last' }),
  });
}

/** A page of what `list` gives, which it does in the order of keys. */
export async function page<Item, Shown>(
  { limit, after }: PageRequest,
  list: (after: string | undefined, limit: number) => Promise<Item[]>,
  keyOf: (item: Item) => string,
  show: (item: Item) => Shown,
): Promise<{ items: Shown[]; next: string | null }> {
  // One more than is shown tells whether there is another page.
  const found = await list(after, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next =
    found.length > limit && last !== undefined ? Buffer.from(keyOf(last)).toString('base64url') : null;
  return { items: items.map(show), next };
}

/** A `list` for {@link page} of what comes all at once. */
export function listOf<Item>(all: Item[], keyOf: (item: Item) => string) {
  const sorted = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return async (after: string | undefined, limit: number) =>
    sorted.filter((item) => after === undefined || keyOf(item) > after).slice(0, limit);
}
