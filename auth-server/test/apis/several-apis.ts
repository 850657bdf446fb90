/** An issuer of several APIs beside the clock, and every way in which a client gets a token there. */
import { temporaryFile } from '../support/auth-server.ts';
import {
  type AuthServer,
  agree,
  authorizationUrl,
  type CodeClient,
  confirmDevice,
  type Parameters,
  postAs,
  redeem,
  refresh,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

export const orders = 'https://orders.example.com';
export const billing = 'https://billing.example.com/v1';
/** An API that no client of the tests is registered for. */
export const staff = 'https://staff.example.com';
/** An API without tokens that clients get for themselves, and one without tokens of users. */
export const people = 'https://people.example.com';
export const machines = 'https://machines.example.com';

export const apis = [
  {
    resource: orders,
    name: 'Orders',
    scopes: {
      'orders:read': 'See your orders',
      'orders:write': 'Change your orders',
      read: 'See what you bought',
    },
    access_token_ttl: 300,
    resource_servers: ['orders-api', 'gateway'],
  },
  {
    resource: billing,
    name: 'Billing',
    scopes: { 'invoices:read': 'See your invoices', read: 'See what you owe' },
    access_token_ttl: 60,
    resource_servers: ['billing-api', 'gateway'],
  },
  { resource: staff, name: 'Staff', scopes: { 'staff:read': 'See your colleagues' } },
  { resource: people, name: 'People', scopes: { 'people:read': 'See your friends' }, grants: ['user'] },
  {
    resource: machines,
    name: 'Machines',
    scopes: { 'machines:read': 'See the machines' },
    grants: ['client'],
  },
];

const scope = 'openid profile orders:read orders:write read invoices:read people:read machines:read';
export const partner = { id: 'partner', secret: 'qazwsx', redirectUri: 'https://partner.example/callback' };
export const house = { id: 'house', secret: 'lkjhgf', redirectUri: 'https://house.example/callback' };
export const job = { id: 'job', secret: 'zxcvbn' };
/** A client that is registered without `scope`. */
export const newcomer = { id: 'newcomer', secret: 'edcrfv' };
export const ordersApi = { id: 'orders-api', secret: 'hjklzx' };
export const billingApi = { id: 'billing-api', secret: 'tgbyhn' };
/** A client that introspects the tokens of two APIs. */
export const gateway = { id: 'gateway', secret: 'yhnujm' };

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

export const clients: Record<string, unknown>[] = [
  {
    client_id: partner.id,
    client_secret: partner.secret,
    redirect_uris: [partner.redirectUri],
    grant_types: ['authorization_code', 'refresh_token', DEVICE],
    always_issue_refresh_token: true,
    scope,
  },
  {
    client_id: house.id,
    client_secret: house.secret,
    redirect_uris: [house.redirectUri],
    grant_types: ['authorization_code', 'password'],
    first_party: true,
    scope,
  },
  {
    client_id: job.id,
    client_secret: job.secret,
    grant_types: ['client_credentials'],
    response_types: [],
    scope,
  },
  {
    client_id: newcomer.id,
    client_secret: newcomer.secret,
    grant_types: ['client_credentials'],
    response_types: [],
  },
  ...[ordersApi, billingApi, gateway].map(({ id, secret }) => ({
    client_id: id,
    client_secret: secret,
    grant_types: [],
    response_types: [],
  })),
];

/** The settings of the issuer, with other APIs or clients in place of those above. */
export async function severalApis(
  given: { apis?: unknown[]; clients?: unknown[] } = {},
): Promise<Record<string, string>> {
  return {
    APIS_FILE: await temporaryFile(given.apis ?? apis),
    CLIENTS_FILE: await temporaryFile(given.clients ?? clients),
  };
}

/** What a client asks for, and what it names at the token endpoint where that is another request. */
export interface Asked {
  scope?: string | undefined;
  resource?: string | string[];
  redeemed?: Parameters;
}

/** Gets the answer in which the token is, or the refusal. */
export type Way = (server: AuthServer, asked: Asked) => Promise<Response>;

/** What a redirect to the client says, in the form of an answer of the token endpoint. */
function refusalAt(target: URL | undefined): Response {
  return Response.json(Object.fromEntries(target?.searchParams ?? []), { status: 400 });
}

async function codeAt(server: AuthServer, url: URL): Promise<string | Response> {
  const { target } = await agree(await new UserAgent(server.issuer).open(url));
  return target?.searchParams.get('code') ?? refusalAt(target);
}

export const byPassword: Way = ({ post }, { scope, resource = [] }) =>
  post(
    '/token',
    [
      ['grant_type', 'password'],
      ['username', 'alice'],
      ['password', 'wonderland'],
      ...(scope === undefined ? [] : [['scope', scope] as [string, string]]),
      ...[resource].flat().map((one): [string, string] => ['resource', one]),
    ],
    house,
  );

export const byItself: Way = (server, { scope, resource }) =>
  postAs(server, job, '/token', { grant_type: 'client_credentials', scope, resource });

export const byCode =
  (client: CodeClient = partner): Way =>
  async (server, { scope, resource, redeemed }) => {
    const code = await codeAt(
      server,
      authorizationUrl(server.issuer, client, { scope, resource, login_hint: 'alice' }),
    );
    return typeof code === 'string' ? redeem(server, code, client, redeemed) : code;
  };

/** A code that may be sent any number of times. */
export async function codeInSteps(server: AuthServer, client: CodeClient, { scope, resource }: Asked) {
  const url = authorizationUrl(server.issuer, client, { scope, resource });
  const code = await codeAt(server, url);
  if (typeof code !== 'string') throw new Error(`no code: ${await code.text()}`);
  return (parameters: Parameters) => redeem(server, code, client, parameters);
}

export const byRefresh: Way = async (server, asked) => {
  // A grant of several APIs gives its first token for one of them.
  const first = await byCode()(server, {
    ...asked,
    redeemed: Array.isArray(asked.resource) ? { resource: asked.resource[0] } : {},
  });
  if (first.status !== 200) return first;
  const { refresh_token } = (await first.json()) as { refresh_token: string };
  return refresh(server, refresh_token, partner, asked.redeemed);
};

export const byDevice: Way = async (server, { scope, resource, redeemed }) => {
  const begun = await postAs(server, partner, '/device_authorization', { scope, resource });
  if (begun.status !== 200) return begun;
  const device = (await begun.json()) as { device_code: string; verification_uri_complete: string };
  const browser = new UserAgent(server.issuer);
  await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
  const form = { grant_type: DEVICE, device_code: device.device_code, ...redeemed };
  return postAs(server, partner, '/token', form);
};

export const byPushedRequest: Way = async (server, { scope, resource, redeemed }) => {
  const { searchParams } = authorizationUrl(server.issuer, partner, { scope, resource });
  const form = [...searchParams];
  const pushed = await server.post('/par', form, partner);
  if (pushed.status !== 201) return pushed;
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  const byReference = new URL('/authorize', server.issuer);
  byReference.search = String(new URLSearchParams({ client_id: partner.id, request_uri }));
  const code = await codeAt(server, byReference);
  return typeof code === 'string' ? redeem(server, code, partner, redeemed) : code;
};
