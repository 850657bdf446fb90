/** Reads metadata documents of the auth server (RFC 8414, OpenID Connect Discovery), and finds their faults. */
import { endpointAt } from 'shared/config/settings.ts';
import { z } from 'zod';
import { type Ask, jsonOf, type Reply } from './ask.ts';
import { shown } from './findings.ts';

const list = z.array(z.string()).optional();

/** The members of RFC 8414 §2 that are checked. */
const schema = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string().optional(),
  introspection_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  jwks_uri: z.string().optional(),
  response_types_supported: list,
  grant_types_supported: list,
  scopes_supported: list,
  token_endpoint_auth_methods_supported: list,
  code_challenge_methods_supported: list,
  dpop_signing_alg_values_supported: list,
  tls_client_certificate_bound_access_tokens: z.boolean().optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

export type Metadata = z.output<typeof schema>;

/** The answer at the URL of a metadata document. */
export interface MetadataDocument {
  url: string;
  reply: Reply;
  /** Present only when nothing is wrong with it: RFC 8414 §3.3 forbids using other metadata. */
  metadata?: Metadata;
  wrong?: { detail: string; mend: string };
}

/** What is known of a document before it is read. */
interface Expected {
  /** The URL of the auth server that it is about; the endpoints must be below it. */
  base: string;
  issuer: string;
  /** The name of the setting that leads there. */
  setting: string;
}

/** The two URLs of the metadata of an issuer (OpenID Connect Discovery §4, RFC 8414 §3.1). */
export function metadataUrls(base: string): { openid: string; oauth: string } {
  const { origin, pathname } = new URL(base);
  const path = pathname.replace(/\/$/, '');
  return {
    openid: `${origin}${path}/.well-known/openid-configuration`,
    oauth: `${origin}/.well-known/oauth-authorization-server${path}`,
  };
}

/**
 * Reads a document, and compares it with the issuer that it must name and with its own URL.
 */
export async function readMetadata(
  ask: Ask,
  url: string,
  { base, issuer, setting }: Expected,
): Promise<MetadataDocument> {
  const reply = await ask(url);
  if ('unreachable' in reply) return { url, reply };
  const parsed = schema.safeParse(jsonOf(reply));
  const wrong = (detail: string, mend: string) => ({ url, reply, wrong: { detail, mend } });
  const { host } = new URL(url);
  if (reply.status === 421) {
    return wrong(
      `the auth server does not answer for ${host} (421)`,
      `if ${setting} is right, add ${host} to ALLOWED_HOSTS of the auth server; if not, set it to what the auth server has as its ISSUER`,
    );
  }
  if (reply.status !== 200 || !parsed.success) {
    const { pathname } = new URL(base);
    const removed = pathname === '/' ? '' : `; if a proxy removes ${pathname}, set PROXY_STRIPS_PATH`;
    return wrong(
      `answers ${reply.status}, and not with metadata`,
      `set ${setting} to where the auth server is, and let whatever is in front lead this path to it${removed}`,
    );
  }
  if (parsed.data.issuer !== issuer) {
    return wrong(
      `the issuer there is ${shown(parsed.data.issuer)}, and here ISSUER is ${issuer}`,
      'set ISSUER to one and the same URL for all three services and here, character for character',
    );
  }
  const elsewhere = endpointsOf(parsed.data).filter((endpoint) => !endpoint.startsWith(endpointAt(base, '')));
  if (elsewhere.length > 0) {
    return wrong(
      `asked at ${base}, it sends clients elsewhere: ${shown(elsewhere[0])}`,
      'let the proxy in front pass on the Host header, or send X-Forwarded-Host and name it in TRUSTED_PROXIES',
    );
  }
  return { url, reply, metadata: parsed.data };
}

function endpointsOf(metadata: Metadata): string[] {
  return Object.entries(metadata)
    .filter(([member]) => /_endpoint$|^jwks_uri$/.test(member))
    .map(([, endpoint]) => String(endpoint));
}
