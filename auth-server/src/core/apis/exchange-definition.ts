/** Which tokens clients may exchange for tokens of an API (RFC 8693), as operators and administrators define it. */
import { z } from 'zod';
import { SCOPE_LIMITS } from '../scope-syntax.ts';
import { notAMember } from './unknown-members.ts';

/** How many entries an API may have. */
export const MAX_EXCHANGE_ENTRIES = 50;

/** How many clients an entry may name. */
const MAX_CLIENTS = 50;

/** An absolute URI without a fragment: that of an API (RFC 8707 §2), or of another issuer (RFC 8414 §2). */
const identifier = z
  .string()
  .max(2_000)
  .refine((uri) => URL.canParse(uri) && !uri.includes('#'), 'must be an absolute URI without a fragment');

const exchangeMembers = {
  from: identifier.meta({ description: 'The identifier of the API that the tokens are for' }),
  clients: z.array(z.string().min(1)).min(1).max(MAX_CLIENTS),
  scopes: z.array(z.string()).min(1).max(SCOPE_LIMITS.ofApi),
};

/** One entry. Whether its clients and scopes exist is not known here. */
export const exchangeEntry = z
  .looseObject(exchangeMembers)
  .superRefine((entry, context) => {
    const known = Object.keys(exchangeMembers);
    for (const name of Object.keys(entry).filter((one) => !known.includes(one)))
      context.addIssue({ code: 'custom', path: [name], message: notAMember(name, known) });
  })
  .meta({ description: 'Which tokens these clients may exchange for tokens of this API with these scopes' });
