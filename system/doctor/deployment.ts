/** The deployment as seen from here: which services answer where, and the URLs by which the rest is checked. */
import { endpointAt } from 'shared/config/settings.ts';
import type { Ask, Reply } from './ask.ts';
import { type Metadata, type MetadataDocument, metadataUrls, readMetadata } from './metadata.ts';
import { hasClock, type Settings } from './settings.ts';

/** A URL by which clients or services know the auth server. */
export interface VantagePoint {
  url: string;
  /** The settings that lead there. `ISSUER` is for all clients, the others for one of the services. */
  settings: string[];
  openid: MetadataDocument;
  oauth: MetadataDocument;
}

/** A URL by which the clock is known, and its metadata there (RFC 9728). */
export interface ApiPoint {
  url: string;
  setting: string;
  reply: Reply;
}

export type ServiceName = 'auth-server' | 'resource-server' | 'webapp';

export interface Service {
  name: ServiceName;
  /** Where it is: its health is below this URL. */
  url: string;
  /** What it says at `/health/ready`. */
  health: Reply;
}

export interface Deployment {
  settings: Settings;
  ask: Ask;
  vantagePoints: VantagePoint[];
  apiPoints: ApiPoint[];
  services: Service[];
  /** The auth server's metadata from the first vantage point where it is right. */
  metadata: Metadata | undefined;
  /** The endpoints of the auth server by URLs that can be reached from here. */
  endpoints: Record<'authorization' | 'token' | 'introspection' | 'revocation' | 'jwks', string>;
  /** The clock by a URL that can be reached from here. */
  apiUrl: string;
  /** The webapp by the URL that browsers use. */
  webappUrl: string;
  /** Whether only the services' own URLs can be reached, as in a container, and the issuer's URL cannot. */
  isInside: boolean;
}

/** Why checks are skipped when no auth server proves to be the issuer (RFC 8414 §3.3). */
export const NO_METADATA = 'there is no metadata of the auth server to rely on';

/** Looks at the deployment from every vantage point. */
export async function lookAt(settings: Settings, ask: Ask): Promise<Deployment> {
  const [vantagePoints, apiPoints] = await Promise.all([
    Promise.all(vantagesOf(settings).map((vantage) => look(vantage, settings.ISSUER, ask))),
    Promise.all(clockUrlsOf(settings).map((api) => lookAtApi(api, settings.RESOURCE, ask))),
  ]);
  const reached = vantagePoints.filter(answers);
  const isIssuerReached = reached.some(({ settings: names }) => names.includes('ISSUER'));
  const metadata = reached.map(({ openid, oauth }) => openid.metadata ?? oauth.metadata).find(Boolean);
  const apiUrl = apiPoints.find(({ reply }) => 'status' in reply)?.url ?? settings.RESOURCE;
  const webappUrl = new URL(settings.WEBAPP_REDIRECT_URI).origin;
  const services = Object.entries({
    'auth-server': reached[0]?.url ?? withoutSlash(settings.ISSUER),
    ...(hasClock(settings) && { 'resource-server': new URL(apiUrl).origin, webapp: webappUrl }),
  }) as [ServiceName, string][];
  return {
    settings,
    ask,
    vantagePoints,
    apiPoints,
    services: await Promise.all(
      services.map(async ([name, url]) => ({ name, url, health: await ask(`${url}/health/ready`) })),
    ),
    metadata,
    endpoints: {
      authorization: endpoint('AUTHORIZATION_ENDPOINT', 'authorization_endpoint', 'authorize'),
      token: endpoint('TOKEN_ENDPOINT', 'token_endpoint', 'token'),
      introspection: endpoint('INTROSPECTION_ENDPOINT', 'introspection_endpoint', 'introspect'),
      revocation: metadata?.revocation_endpoint ?? endpointAt(settings.ISSUER, 'revoke'),
      jwks: endpoint('JWKS_URI', 'jwks_uri', 'jwks'),
    },
    apiUrl,
    webappUrl,
    isInside: !isIssuerReached && reached.length > 0,
  };

  /** The URL in the services' settings, unless it cannot be reached from here. */
  function endpoint(
    setting: EndpointSetting,
    member: 'authorization_endpoint' | 'token_endpoint' | 'introspection_endpoint' | 'jwks_uri',
    path: string,
  ): string {
    const configured = settings[setting];
    if (configured && reached.some(({ settings: names }) => names.includes(setting))) return configured;
    const atIssuer = endpointAt(settings.ISSUER, path);
    return isIssuerReached ? atIssuer : (metadata?.[member] ?? atIssuer);
  }
}

/** Whether anything answers at a vantage point. */
export function answers({ openid, oauth }: VantagePoint): boolean {
  return 'status' in openid.reply || 'status' in oauth.reply;
}

/** Whether a service gives no answer at all. That is reported once, and checks that need the service are skipped. */
export function isSilent({ services }: Deployment, name: ServiceName): boolean {
  return services.some((service) => service.name === name && 'unreachable' in service.health);
}

const ENDPOINT_SETTINGS = [
  'AUTHORIZATION_ENDPOINT',
  'TOKEN_ENDPOINT',
  'INTROSPECTION_ENDPOINT',
  'JWKS_URI',
] as const;
type EndpointSetting = (typeof ENDPOINT_SETTINGS)[number];

function vantagesOf(settings: Settings): Pick<VantagePoint, 'url' | 'settings'>[] {
  const points = new Map([[withoutSlash(settings.ISSUER), ['ISSUER']]]);
  for (const name of ENDPOINT_SETTINGS) {
    const endpoint = settings[name];
    if (endpoint === undefined) continue;
    const url = withoutSlash(new URL('.', endpoint).href);
    points.set(url, [...(points.get(url) ?? []), name]);
  }
  return [...points].map(([url, names]) => ({ url, settings: names }));
}

async function look(
  { url, settings }: Pick<VantagePoint, 'url' | 'settings'>,
  issuer: string,
  ask: Ask,
): Promise<VantagePoint> {
  const urls = metadataUrls(url);
  const expected = { base: url, issuer, setting: settings.join(' and ') };
  const read = (document: string) => readMetadata(ask, document, expected);
  const [openid, oauth] = await Promise.all([read(urls.openid), read(urls.oauth)]);
  return { url, settings, openid, oauth };
}

/** The URL by which the webapp calls the clock comes first. */
function clockUrlsOf(settings: Settings): Omit<ApiPoint, 'reply'>[] {
  if (!hasClock(settings)) return [];
  const { RESOURCE, RESOURCE_SERVER_URL } = settings;
  const identifier = { url: RESOURCE, setting: 'RESOURCE' };
  if (RESOURCE_SERVER_URL === undefined || RESOURCE_SERVER_URL === RESOURCE) return [identifier];
  return [{ url: RESOURCE_SERVER_URL, setting: 'RESOURCE_SERVER_URL' }, identifier];
}

async function lookAtApi(api: Omit<ApiPoint, 'reply'>, resource: string, ask: Ask): Promise<ApiPoint> {
  // RFC 9728 §3.1: the path is that of the identifier, at any address of the API.
  const path = withoutSlash(new URL(resource).pathname);
  const reply = await ask(`${new URL(api.url).origin}/.well-known/oauth-protected-resource${path}`);
  return { ...api, reply };
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}
