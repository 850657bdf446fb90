/** A system of three APIs, and a client whose users may leave some of what it asks for out. */
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import { startAuthServer, temporaryFile } from './auth-server.ts';
import { type AuthServer, type CodeClient, cliRegistration, postAs } from './code-flow.ts';
import type { Page } from './user-agent.ts';

export const orders = 'https://orders.example.com';
export const files = 'https://files.example.com/v1';
export const invoices = 'https://invoices.example.com';
export const all = [orders, files, invoices];

export const threeApis = [
  {
    resource: orders,
    name: 'Orders',
    'name#de': 'Bestellungen',
    scopes: {
      'orders:read': { description: 'See your orders', 'description#de': 'Ihre Bestellungen sehen' },
      'orders:write': { description: 'Change your orders', 'description#de': 'Ihre Bestellungen ändern' },
    },
  },
  {
    resource: files,
    name: 'Files',
    'name#fr': 'Fichiers',
    scopes: { read: 'Read your files', share: 'Share your files with others' },
  },
  {
    resource: invoices,
    name: 'Invoices <b>& more</b>',
    'name#de': 'Rechnungen',
    scopes: { read: 'Read your invoices', pay: 'Pay your invoices' },
  },
];

export const shop: CodeClient = {
  id: 'shop',
  secret: 'a-secret-of-the-shop',
  redirectUri: 'https://shop.example/callback',
};

export const shopRegistration = {
  ...cliRegistration,
  application_type: 'web',
  client_id: shop.id,
  client_secret: shop.secret,
  client_name: 'Shop',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: [shop.redirectUri],
  scope: 'openid profile email offline_access orders:read orders:write read share pay',
  optional_scopes: ['email', 'orders:write', 'read', 'share'],
};

/** Starts a server with these APIs and the shop, whose registration may have other members. */
export async function startShop({
  apis = threeApis,
  artifacts,
  ...members
}: {
  apis?: object[];
  artifacts?: ArtifactStore;
  [member: string]: unknown;
} = {}): Promise<AuthServer> {
  const settings = {
    APIS_FILE: await temporaryFile(apis),
    CLIENTS_FILE: await temporaryFile([{ ...shopRegistration, ...members }]),
  };
  return startAuthServer(settings, artifacts && { artifacts });
}

/** What a page shows as new, and what it shows as allowed before, both by their headings. */
export function groupsOn({ html }: Pick<Page, 'html'>): {
  fresh: Record<string, string[]>;
  before: Record<string, string[]>;
} {
  const [fresh = '', before = ''] = html.split('<section class="before');
  return { fresh: groupsIn(fresh), before: groupsIn(before) };
}

function groupsIn(html: string): Record<string, string[]> {
  const groups = [...html.matchAll(/<h[23]>((?:(?!<h[23]>).)*)<\/h[23]>\s*<ul>(.*?)<\/ul>/gs)];
  return Object.fromEntries(
    groups.map(([, name = '', items = '']) => [
      plain(name),
      [...items.matchAll(/<li>(.*?)<\/li>/gs)].map(([, item = '']) => plain(item)),
    ]),
  );
}

function plain(html: string): string {
  return html.replace(/<[^>]+>/g, '').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

/** A device's request for the shop, which names several APIs. */
export function deviceOf(server: AuthServer, scope: string, resource: string[]): Promise<Response> {
  return postAs(server, shop, '/device_authorization', { scope, resource });
}
