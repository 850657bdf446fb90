/** Grants and sessions as the admin API shows them. */
import { z } from 'zod';
import type { GrantSummary, SessionSummary } from '../../../core/grants/grant-list.ts';
import { pageOf } from '../paging.ts';

const period = { created_at: z.iso.datetime(), expires_at: z.iso.datetime() };

const grant = z
  .object({ id: z.string(), client_id: z.string(), scopes: z.array(z.string()), ...period })
  .meta({ id: 'Grant', description: 'What a user has allowed a client to do' });

const session = z
  .object({ id: z.string(), ...period })
  .meta({ id: 'Session', description: 'A browser in which a user is signed in' });

/** A page of grants. */
export const grantPage = pageOf(grant).meta({ id: 'GrantPage' });
/** A page of sessions. */
export const sessionPage = pageOf(session).meta({ id: 'SessionPage' });

/** A grant in the answer's body. */
export function shownGrant(summary: GrantSummary): z.output<typeof grant> {
  return {
    id: summary.id,
    client_id: summary.clientId,
    scopes: summary.scopes,
    ...shownPeriod(summary),
  };
}

/** A session in the answer's body. */
export function shownSession(summary: SessionSummary): z.output<typeof session> {
  return { id: summary.id, ...shownPeriod(summary) };
}

function shownPeriod({ createdAt, expiresAt }: { createdAt: Date; expiresAt: Date }) {
  return { created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString() };
}
