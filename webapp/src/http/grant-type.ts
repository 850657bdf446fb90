/** Reads the grant that a call asks for in its query: `?grant_type=authorization_code`. */
import { Problem } from 'shared/http/problem.ts';
import { z } from 'zod';
import { GRANT_TYPES, type GrantType } from '../core/grant-types.ts';

const grantTypes = z.array(z.enum(GRANT_TYPES)).max(1);

/**
 * The grant type in a query; undefined when it names none.
 *
 * @throws {Problem} 400 when it names an unknown one, or several
 */
export function grantTypeOf(querystring: string): GrantType | undefined {
  const { success, data } = grantTypes.safeParse(new URLSearchParams(querystring).getAll('grant_type'));
  if (!success) throw new Problem(400, `grant_type may be given once, as ${GRANT_TYPES.join(' or ')}.`);
  return data[0];
}
