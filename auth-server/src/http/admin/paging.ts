/** Splits lists into pages, each with a cursor to the next one. */
import { z } from 'zod';

/** The query of a list. A cursor is the key of the last item of the page before, and holds no secret. */
export function pageQuery(key: z.ZodType<string, string>) {
  return z.strictObject({
    limit: z
      .preprocess(decimal, z.int('must be an integer').min(1).max(100))
      .default(20)
      .meta({ description: 'How many items to return at most' }),
    after: z
      .string()
      .regex(/^[\w-]{1,2700}$/, 'this is not a cursor')
      .transform((cursor) => Buffer.from(cursor, 'base64url').toString())
      .pipe(key)
      .optional()
      .meta({ description: 'Where the page starts: `next` of the page before it' }),
  });
}

/** A number in decimal. Any other spelling, such as `0x10`, stays a text, and is more likely a mistake. */
function decimal(text: unknown): unknown {
  return typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : text;
}

/** A parsed query: how many items, and after which key. */
export interface PageRequest {
  limit: number;
  after?: string | undefined;
}

/** The shape of a page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'The cursor of the next page; null on the last page' }),
  });
}

/** A page of a list. `list` returns items in the order of their keys. */
export async function page<Item, Shown>(
  { limit, after }: PageRequest,
  list: (after: string | undefined, limit: number) => Promise<Item[]>,
  keyOf: (item: Item) => string,
  show: (item: Item) => Shown,
): Promise<{ items: Shown[]; next: string | null }> {
  // One item more than the page shows tells whether there is another page.
  const found = await list(after, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next =
    found.length > limit && last !== undefined ? Buffer.from(keyOf(last)).toString('base64url') : null;
  return { items: items.map(show), next };
}

/** A `list` for {@link page} of items that are all here already. */
export function listOf<Item>(all: Item[], keyOf: (item: Item) => string) {
  const sorted = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return async (after: string | undefined, limit: number) =>
    sorted.filter((item) => after === undefined || keyOf(item) > after).slice(0, limit);
}
