/** A chain of APIs, each of which calls the next one for the user that it was called for (RFC 8693). */
import { writeFile } from 'node:fs/promises';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';
import { startAuthServer, temporaryFile } from './auth-server.ts';
import {
  type AuthServer,
  type CodeClient,
  codeFor,
  type Parameters,
  postAs,
  redeem,
  tokensOf,
} from './code-flow.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const JWT = 'urn:ietf:params:oauth:token-type:jwt';

/** The APIs of the chain in order: each takes tokens of the one before, from that API's client. */
export const LINKS = ['orders', 'stock', 'warehouse', 'transport', 'customs', 'port', 'ship'] as const;
export type Link = (typeof LINKS)[number];

/** The identifier of an API. */
export const at = (name: Link) => `https://${name}.example.com`;

/** The client as which an API exchanges and introspects. */
export const apiClient = (name: Link) => ({ id: `${name}-api`, secret: `the-secret-of-${name}` });

/** A first-party application: it may ask for everything, and its users are not asked. */
export const app = { id: 'app', secret: 'the-secret-of-the-app' };

/** A third-party application: its users decide. */
export const partner: CodeClient = {
  id: 'partner',
  secret: 'the-secret-of-the-partner',
  redirectUri: 'https://partner.example/callback',
};

/** A client that may exchange tokens, though no API takes any from it. */
export const stranger = { id: 'stranger', secret: 'the-secret-of-the-stranger' };

const everyScope = LINKS.flatMap((name) => [`${name}:read`, `${name}:write`]).join(' ');

const exchanger = {
  grant_types: [TOKEN_EXCHANGE, 'client_credentials', 'password'],
  first_party: true,
  response_types: [],
  redirect_uris: [],
  scope: everyScope,
};

/** The registrations of all of these clients. */
export const chainClients = [
  ...LINKS.map((name) => ({
    ...exchanger,
    client_id: apiClient(name).id,
    client_secret: apiClient(name).secret,
  })),
  { ...exchanger, client_id: stranger.id, client_secret: stranger.secret },
  {
    ...exchanger,
    client_id: app.id,
    client_secret: app.secret,
    scope: `openid ${everyScope}`,
  },
  {
    client_id: partner.id,
    client_secret: partner.secret,
    client_name: 'Partner',
    redirect_uris: [partner.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: `openid offline_access ${everyScope}`,
    optional_scopes: ['stock:read'],
    always_issue_refresh_token: true,
  },
];

/** An API as the chain has it, with other members in place of these. */
export function chainApi(name: Link, members: object = {}) {
  const before = LINKS[LINKS.indexOf(name) - 1];
  return {
    resource: at(name),
    name: name.toUpperCase(),
    scopes: { [`${name}:read`]: `Read ${name}`, [`${name}:write`]: `Change ${name}` },
    access_token_ttl: 300,
    resource_servers: [apiClient(name).id],
    exchange:
      before === undefined
        ? []
        : [{ from: at(before), clients: [apiClient(before).id], scopes: [`${name}:read`] }],
    ...members,
  };
}

/** What is different from the chain as it is by default. */
export interface ChainOptions {
  /** Members of APIs, by name; undefined leaves the API out. */
  apis?: Partial<Record<Link, object | undefined>>;
  /** Members of clients, by id. */
  clients?: Record<string, object>;
  users?: UserDirectory;
  settings?: Record<string, string>;
}

/** Starts an issuer that protects the APIs of the chain. */
export async function startChain({ apis = {}, clients = {}, users, settings }: ChainOptions = {}) {
  const files = {
    APIS_FILE: await temporaryFile(apisOf(apis)),
    CLIENTS_FILE: await temporaryFile(clientsOf(clients, apis)),
  };
  const server = await startAuthServer({ ...files, ...settings }, users && { users });

  /** Has the issuer read other files. */
  async function change(changed: ChainOptions['apis'], left: (id: string) => boolean): Promise<void> {
    const all = { ...apis, ...changed };
    await writeFile(files.APIS_FILE, JSON.stringify(apisOf(all, left)));
    await writeFile(files.CLIENTS_FILE, JSON.stringify(clientsOf(clients, all, left)));
    await server.reload();
  }

  return {
    ...server,
    ...chainRequests(server),
    /** Changes APIs, or deletes those that are undefined. */
    withApis: (changed: ChainOptions['apis']) => change(changed, () => true),
    /** Deletes a client. */
    withoutClient: (id: string) => change({}, (other) => other !== id),
  };
}

type Changed = NonNullable<ChainOptions['apis']>;

const isGone = (name: Link, changed: Changed) => name in changed && changed[name] === undefined;

/** The APIs, and of their entries those clients that are left. */
function apisOf(changed: Changed, left: (id: string) => boolean = () => true) {
  return LINKS.filter((name) => !isGone(name, changed)).map((name) => {
    const api = chainApi(name, changed[name]);
    const exchange = api.exchange
      .map((entry) => ({ ...entry, clients: entry.clients.filter(left) }))
      .filter(({ clients }) => clients.length > 0);
    return { ...api, exchange, resource_servers: api.resource_servers.filter(left) };
  });
}

/** The clients that are left, with the scopes that there are. */
function clientsOf(
  members: NonNullable<ChainOptions['clients']>,
  changed: Changed,
  left: (id: string) => boolean = () => true,
) {
  const gone = LINKS.filter((name) => isGone(name, changed)).map((name) => `${name}:`);
  return chainClients
    .filter(({ client_id }) => left(client_id))
    .map((client) => {
      const scopes = client.scope.split(' ').filter((scope) => !gone.some((of) => scope.startsWith(of)));
      return { ...client, scope: scopes.join(' '), ...members[client.client_id] };
    });
}

/** An issuer with the chain. */
export type Chain = Awaited<ReturnType<typeof startChain>>;

/** The requests that the services of a chain make. */
export function chainRequests(server: AuthServer) {
  const exchange = (
    token: string,
    by: { id: string; secret?: string },
    form: Parameters = {},
    proof?: string,
  ) =>
    postAs(
      server,
      by,
      '/token',
      { grant_type: TOKEN_EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN, ...form },
      proof,
    );

  return {
    exchange,
    /** alice's token for the first API, by the password grant of the first-party application. */
    async first(form: Record<string, string> = {}): Promise<string> {
      const parameters = { resource: at('orders'), scope: 'orders:read', ...form };
      return (await tokensOf(await server.requestToken(parameters, app))).access_token;
    },
    /** The token of a chain that has come as far as this API. */
    async upTo(last: Link, token: string): Promise<string> {
      let reached = token;
      for (const [index, name] of LINKS.slice(1, LINKS.indexOf(last) + 1).entries()) {
        const by = apiClient(LINKS[index] as Link);
        reached = (await tokensOf(await exchange(reached, by, { resource: at(name) }))).access_token;
      }
      return reached;
    },
    /** What introspection tells the API that a token is for. */
    async seenBy(name: Link, token: string): Promise<Record<string, unknown>> {
      return (await server.introspect(token, apiClient(name))).json() as Promise<Record<string, unknown>>;
    },
    /** The tokens that alice's consent gets the third-party application. */
    async ofPartner(scope: string, apis: Link[], redemption: Parameters = {}) {
      const resource = apis.map(at);
      const code = await codeFor(server, partner, { scope, resource });
      return tokensOf(await redeem(server, code, partner, { resource: at('orders'), ...redemption }));
    },
  };
}
