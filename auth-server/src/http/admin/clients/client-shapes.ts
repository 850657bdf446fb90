/** Clients as the admin API shows and takes them: in the terms of RFC 7591. */
import { z } from 'zod';
import { ACCESS_TOKEN_TTLS } from '../../../core/apis/api.ts';
import { MAX_CONTACTS } from '../../../core/clients/client-names.ts';
import type { RegisteredClient } from '../../../core/clients/client-registry.ts';
import { fetchedUriFault, MAX_URI_LENGTH, MAX_URIS, webUriFault } from '../../../core/clients/client-uris.ts';
import { optionalScopesFault } from '../../../core/clients/optional-scopes.ts';
import { SCOPE_LIMITS } from '../../../core/scope-syntax.ts';
import { isDisplayName } from '../../../core/users/profile-rules.ts';
import { JWT_BEARER } from '../../../core/workloads/jwt-bearer.ts';
import { workloadIdentities } from '../../../core/workloads/workload-identity.ts';
import { newClientId } from '../ids.ts';
import { pageOf } from '../paging.ts';

// Further rules for a URI depend on its member, and are checked with the registration as a whole.
const uri = z.string().min(1).max(MAX_URI_LENGTH).meta({ format: 'uri' });
const webUri = uri.superRefine((text, context) => {
  const fault = webUriFault(text);
  if (fault !== undefined) context.addIssue(fault);
});
const fetchedUri = uri.superRefine((text, context) => {
  const fault = fetchedUriFault(text);
  if (fault !== undefined) context.addIssue(fault);
});
const uris = z.array(uri).max(MAX_URIS);

/**
 * The members that an administrator may set. Only the operator, in a file, can make a client first-party (`first_party`) or
 * an API (`resource`), or let it be granted scopes of the admin API (`admin`).
 */
const members = z
  .strictObject({
    client_name: z
      .string()
      .min(1)
      .max(400)
      .refine(isDisplayName, 'must have 1 to 200 visible characters')
      .meta({ examples: ['My app'] }),
    client_uri: webUri,
    logo_uri: webUri,
    policy_uri: webUri,
    tos_uri: webUri,
    contacts: z.array(z.string().min(1).max(254)).max(MAX_CONTACTS),
    redirect_uris: uris.meta({ examples: [['https://app.example.com/callback']] }),
    post_logout_redirect_uris: uris,
    grant_types: z
      .array(
        z.enum([
          'authorization_code',
          'refresh_token',
          'client_credentials',
          'urn:ietf:params:oauth:grant-type:device_code',
          JWT_BEARER,
        ]),
      )
      .max(5)
      .meta({ examples: [['authorization_code']] }),
    response_types: z
      .array(z.enum(['code']))
      .max(1)
      .meta({ examples: [['code']] }),
    scope: z
      .string()
      .regex(
        /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
        'must be scopes separated by single spaces',
      )
      .max(1_000)
      .meta({ examples: ['current_time'] }),
    optional_scopes: z
      .array(z.string().max(SCOPE_LIMITS.length))
      .max(SCOPE_LIMITS.ofApi)
      .superRefine((scopes, context) => {
        const fault = optionalScopesFault(scopes);
        if (fault !== undefined) context.addIssue(fault);
      })
      .meta({ description: 'What users may leave out while they allow the rest' }),
    access_token_ttl: z.int().min(ACCESS_TOKEN_TTLS.least).max(ACCESS_TOKEN_TTLS.most).meta({
      description: 'How long its access tokens live at most, in seconds, where their API says more',
    }),
    application_type: z.enum(['web', 'native']),
    token_endpoint_auth_method: z.enum([
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ]),
    jwks: z.strictObject({ keys: z.array(z.record(z.string().max(100), z.unknown())).max(20) }),
    jwks_uri: fetchedUri,
    workload_identities: workloadIdentities,
    dpop_bound_access_tokens: z.boolean(),
    require_pushed_authorization_requests: z.boolean(),
    require_pkce: z.boolean(),
    always_issue_refresh_token: z.boolean(),
    claims_in_id_token: z.boolean(),
  })
  .partial();

/** A client to register. */
export const newClient = z
  .strictObject({ client_id: newClientId.optional(), ...members.shape })
  .meta({ id: 'NewClient', description: 'Client metadata (RFC 7591 §2)' });

/** Changes to a client; null removes a member (RFC 7396). */
export const clientChanges = z
  .strictObject(
    Object.fromEntries(
      Object.entries(members.shape).map(([name, shape]) => [name, shape.unwrap().nullable().optional()]),
    ),
  )
  .meta({ id: 'ClientChanges', description: 'A JSON Merge Patch (RFC 7396) of client metadata' });

const secret = z
  .object({ id: z.string(), created_at: z.iso.datetime() })
  .meta({ id: 'Secret', description: 'A secret of a client. Only its hash is kept.' });

const shown = {
  client_id: z.string(),
  secrets: z.array(secret),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
};

/** A client as it is shown. */
export const client = z
  .looseObject({ ...shown, ...members.shape })
  .meta({ id: 'Client', description: 'A client, with its metadata (RFC 7591 §2)' });

/** A client as it is shown once, after it was registered. */
export const createdClient = z
  .looseObject({
    ...shown,
    ...members.shape,
    client_secret: z.string().optional().meta({ description: 'Shown only here, and never again' }),
  })
  .meta({ id: 'CreatedClient', description: 'A client, with its secret if it authenticates with one' });

/** A page of clients. */
export const clientPage = pageOf(client).meta({ id: 'ClientPage' });

/** A secret as it is shown once, after it was added. */
export const createdSecret = z
  .object({
    ...secret.shape,
    client_secret: z.string().meta({ description: 'Shown only here, and never again' }),
  })
  .meta({ id: 'CreatedSecret' });

/** The answer's body for a client. It names the client's secrets, but does not contain them. */
export function shownClient({ clientId, metadata, secrets, createdAt, updatedAt }: RegisteredClient) {
  const { client_secret: _none, ...members } = metadata;
  return {
    ...members,
    client_id: clientId,
    secrets: secrets.map(({ id, createdAt }) => ({ id, created_at: createdAt.toISOString() })),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
