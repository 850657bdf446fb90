/** The route that lists the audit records. No route changes them. */
import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditLog, type AuditRecord } from '../../../core/audit/audit-log.ts';
import { page, pageOf, pageQuery } from '../paging.ts';
import { type AdminRoute, route } from '../route.ts';

const record = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    action: z.enum(AUDIT_ACTIONS),
    actor: z
      .object({ user: z.string().optional(), client: z.string().optional() })
      .nullable()
      .meta({ description: 'Who did it; null for what happens by itself' }),
    subject: z.string().nullable().meta({ description: 'What it was done to, such as `user:<id>`' }),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
    address: z.string().nullable(),
    request_id: z.string().nullable(),
  })
  .meta({ id: 'AuditRecord' });
const records = pageOf(record).meta({ id: 'AuditPage' });

/** An id of a record: the database counts with 64 bits. */
const recordId = z
  .string()
  .regex(/^\d{1,19}$/, 'this is not a cursor')
  .refine((id) => BigInt(id) < 2n ** 63n, 'this is not a cursor');

/** @param audit the records to list */
export function auditRoutes(audit: Pick<AuditLog, 'list'>): AdminRoute[] {
  return [
    route({
      method: 'get',
      path: '/audit',
      summary: 'List audit records',
      description: 'Newest first.',
      tag: 'Audit',
      scope: 'audit:read',
      query: pageQuery(recordId),
      answers: { 200: { description: 'Audit records', content: { 'application/json': records } } },
      async handle({ query }) {
        return { status: 200, body: await page(query, audit.list, ({ id }) => id, shownRecord) };
      },
    }),
  ];
}

function shownRecord({
  id,
  at,
  action,
  actor,
  subject,
  details,
  ...origin
}: AuditRecord): z.output<typeof record> {
  return {
    id,
    at: at.toISOString(),
    action,
    actor: actor ?? null,
    subject: subject ?? null,
    details: details ?? {},
    address: origin.address ?? null,
    request_id: origin.requestId ?? null,
  };
}
