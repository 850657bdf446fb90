/** Bodies in JSON, read once and checked. */
import type { Context } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';
import { Problem } from 'shared/http/problem.ts';
import type { z } from 'zod';
import { invalid } from './invalid.ts';

/** No body of ours is deeper; what is could exhaust the stack of whoever goes through it. */
const MAX_DEPTH = 10;

/**
 * The body of a request.
 *
 * @throws {Problem} 415 when it is of another media type, 400 when it is not JSON or not of this shape
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
  throw invalid('The body is not as it should be.', result.error, 'pointer');
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
    // What the parser says quotes the body, which may hold a password.
    throw new Problem(400, 'The body is not JSON.');
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
