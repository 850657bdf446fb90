/** Reads and checks JSON bodies. */
import type { Context } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';
import { Problem } from 'shared/http/problem.ts';
import type { z } from 'zod';
import { invalid } from './invalid.ts';

/** How deep a body may be nested. None of ours is deeper, and walking one that is could exhaust the stack. */
const MAX_DEPTH = 10;

/**
 * The body of a request, parsed.
 *
 * @throws {Problem} 415 when it has another media type, 400 when it is not JSON or does not have this shape
 */
export function readJson<Schema extends z.ZodType>(
  ctx: Context,
  mediaTypes: readonly string[],
  schema: Schema,
): z.output<Schema> {
  if (ctx.is([...mediaTypes]) === false || ctx.get('content-encoding') !== '') {
    // RFC 5789 §2.2, RFC 9110 §15.5.16.
    const accepts = ctx.method === 'PATCH' ? 'Accept-Patch' : 'Accept-Post';
    throw new Problem(415, `Send ${mediaTypes.join(' or ')}.`, {
      headers: ctx.method === 'PUT' ? {} : { [accepts]: mediaTypes.join(', ') },
    });
  }
  const result = schema.safeParse(parsed(bodyOf(ctx)));
  if (result.success) return result.data;
  throw invalid('The body is not valid.', result.error, 'pointer');
}

function parsed(text: string): unknown {
  const value = parseOrRefuse(text);
  if (isDeeper(value, MAX_DEPTH)) throw new Problem(400, 'The body is nested too deeply.');
  return value;
}

function parseOrRefuse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body, which may contain a password.
    throw new Problem(400, 'The body is not JSON.');
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
