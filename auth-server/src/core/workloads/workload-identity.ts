/** The workloads that a client trusts to ask in its name: the member `workload_identities` of its registration. */
import { z } from 'zod';
import { notAMember } from '../apis/unknown-members.ts';
import { workloadKeysUriFault } from '../clients/client-uris.ts';
import { JWT_BEARER } from './jwt-bearer.ts';
import { MAX_KEYS, publicKeyFault } from './public-keys.ts';

/** How many identities a client may have. */
const MAX_IDENTITIES = 20;

/** How long an issuer or a subject may be, in characters. */
const MAX_LENGTH = 1_000;

const EXAMPLE = {
  issuer: 'https://ci.example.com',
  subject: 'project:shop:branch:main',
  jwks_uri: 'https://ci.example.com/keys',
};

const text = z
  .string()
  .min(1)
  .max(MAX_LENGTH)
  .refine((value) => !/[\p{Cc}\p{Cf}]/u.test(value), 'must not have characters that nobody sees');

const key = z.record(z.string().max(100), z.unknown()).superRefine((jwk, context) => {
  const fault = publicKeyFault(jwk);
  if (fault !== undefined) context.addIssue(fault);
});

const members = {
  issuer: text.meta({ description: 'The `iss` of its JWTs, compared exactly' }),
  subject: text
    .refine((subject) => !subject.includes('*'), 'cannot have a *: it is compared exactly, and is no pattern')
    .meta({ description: 'The `sub` of its JWTs, compared exactly' }),
  jwks: z
    .strictObject({ keys: z.array(key).min(1).max(MAX_KEYS) })
    .optional()
    .meta({ description: 'The public keys of the issuer (RFC 7517)' }),
  jwks_uri: z
    .string()
    .superRefine((uri, context) => {
      const fault = workloadKeysUriFault(uri);
      if (fault !== undefined) context.addIssue(fault);
    })
    .optional()
    .meta({ description: 'Where the issuer publishes its keys, in place of `jwks`', format: 'uri' }),
  reusable: z
    .boolean()
    .optional()
    .meta({ description: 'Whether one JWT may be used again until it expires. Otherwise it is good once' }),
};

const identity = z
  .looseObject(members)
  .superRefine((given, context) => {
    const known = Object.keys(members);
    for (const name of Object.keys(given).filter((one) => !known.includes(one)))
      context.addIssue({ code: 'custom', path: [name], message: notAMember(name, known) });
    if ((given.jwks === undefined) === (given.jwks_uri === undefined))
      context.addIssue('must have either jwks or jwks_uri');
  })
  .meta({ description: 'A workload of another issuer, which may ask for tokens of the client (RFC 7523)' });

/** The form of the member. */
export const workloadIdentities = z
  .array(identity)
  .min(1)
  .max(MAX_IDENTITIES)
  .superRefine((all, context) => {
    const names = all.map(({ issuer, subject }) => JSON.stringify([issuer, subject]));
    if (new Set(names).size < names.length) context.addIssue('must not name one issuer and subject twice');
  })
  .meta({ examples: [[EXAMPLE]] });

/** A workload that may ask for tokens of a client. */
export interface WorkloadIdentity {
  /** The `iss` of its JWTs. */
  issuer: string;
  /** The `sub` of its JWTs. */
  subject: string;
  /** The public keys of the issuer, unless it publishes them at `jwks_uri`. */
  jwks?: { keys: Record<string, unknown>[] } | undefined;
  jwks_uri?: string | undefined;
  /** Whether a JWT may be used again until it expires. */
  reusable?: boolean | undefined;
}

/** What is wrong with the member, in words that go on after its name; undefined when nothing is. */
export function workloadIdentitiesFault(value: unknown): string | undefined {
  const [issue] = workloadIdentities.safeParse(value).error?.issues ?? [];
  if (issue === undefined) return undefined;
  const place = issue.path.map((part) => (typeof part === 'number' ? `entry ${part + 1}` : String(part)));
  return [place.join(', '), issue.message].filter(Boolean).join(': ');
}

/** What is wrong between the grants and the identities of a client; undefined when nothing is. */
export function missingIdentityFault(client: Record<string, unknown>): string | undefined {
  const { grant_types: grants, workload_identities: identities } = client;
  return Array.isArray(grants) && grants.includes(JWT_BEARER) && identities === undefined
    ? `the grant ${JWT_BEARER} needs workload_identities, which say whose JWTs it takes`
    : undefined;
}

/** The identities of a registered client. */
export function identitiesOf(client: Record<string, unknown>): readonly WorkloadIdentity[] {
  return (client.workload_identities ?? []) as readonly WorkloadIdentity[];
}
