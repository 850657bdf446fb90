/** Finds requirements of RFC 9700 that the metadata of the auth server and of the API break. */
import { z } from 'zod';
import { jsonOf } from '../ask.ts';
import type { Deployment } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';
import type { Metadata } from '../metadata.ts';

/** The advice when no setting of this system can help. */
const NO_SETTING = 'there is no setting for it: have ISSUER lead to the auth server of this system';

export function brokenByMetadata(metadata: Metadata, deployment: Deployment): Finding[] {
  return [
    pkce(metadata),
    implicit(metadata),
    senderConstrained(metadata),
    refreshTokens(metadata),
    clientAuthentication(metadata),
    tokensInUrls(deployment),
  ];
}

function pkce({ code_challenge_methods_supported: methods = [] }: Metadata): Finding {
  const [name, reference] = ['PKCE with S256', 'RFC 9700 §2.1.1'];
  if (!methods.includes('S256')) return fault(name, 'it is not advertised', NO_SETTING, reference);
  if (methods.length === 1) return ok(name, 'is advertised, and no other method is', reference);
  return warn(name, `is not the only method: ${shown(methods)}`, NO_SETTING, reference);
}

function implicit({ response_types_supported: types = [] }: Metadata): Finding {
  const [name, reference] = ['implicit grant', 'RFC 9700 §2.1.2'];
  if (!types.some((type) => type.split(' ').includes('token'))) {
    return ok(name, 'no authorization response has an access token', reference);
  }
  return warn(name, `authorization responses can have access tokens: ${shown(types)}`, NO_SETTING, reference);
}

/** RFC 9700 only recommends it, and plain Bearer tokens cannot do it. */
function senderConstrained(metadata: Metadata): Finding {
  const [name, reference] = ['sender-constrained access tokens', 'RFC 9700 §2.2.1'];
  const isKnown =
    metadata.dpop_signing_alg_values_supported !== undefined ||
    metadata.tls_client_certificate_bound_access_tokens === true;
  if (!isKnown) return warn(name, 'there is no way to bind a token to its client', NO_SETTING, reference);
  return warn(
    name,
    'clients may bind their tokens (DPoP), but need not; those of the webapp are good for whoever has them',
    'register other clients with "dpop_bound_access_tokens": true in CLIENTS_FILE; for the webapp there is no setting',
    reference,
  );
}

function refreshTokens({ grant_types_supported: grants = [] }: Metadata): Finding {
  const [name, reference] = ['refresh token rotation', 'RFC 9700 §2.2.2'];
  if (!grants.includes('refresh_token')) return ok(name, 'there are none', reference);
  return skip(name, 'it takes a user to get one, and metadata does not tell', reference);
}

/** RFC 9700 only recommends keys. */
function clientAuthentication({ token_endpoint_auth_methods_supported: methods = [] }: Metadata): Finding {
  const [name, reference] = ['client authentication', 'RFC 9700 §2.5'];
  const isKnown = methods.some((method) => /^(private_key_jwt|(self_signed_)?tls_client_auth)$/.test(method));
  if (!isKnown) return warn(name, 'clients can have nothing but secrets', NO_SETTING, reference);
  return warn(
    name,
    'clients may have keys (private_key_jwt), but the webapp and the resource server have secrets',
    'register other clients with keys in CLIENTS_FILE; these two have no setting for keys: give them long random secrets',
    reference,
  );
}

const bearerMethods = z.object({ bearer_methods_supported: z.array(z.string()) });

function tokensInUrls({ apiPoints }: Deployment): Finding {
  const [name, reference] = ['access tokens in URLs', 'RFC 9700 §4.3.2'];
  const methods = apiPoints
    .map(({ reply }) => bearerMethods.safeParse(jsonOf(reply)).data?.bearer_methods_supported)
    .find(Boolean);
  if (methods === undefined) return skip(name, 'there is no metadata of the API that tells', reference);
  if (!methods.includes('query')) return ok(name, 'are not taken by the API', reference);
  return warn(name, 'are taken by the API', 'have RESOURCE lead to the API of this system', reference);
}
