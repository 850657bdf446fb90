/** The admin API under test: real use cases, stores in memory, made-up tokens, and requests. */
import { randomUUID } from 'node:crypto';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import { recordingTelemetry, serve } from 'shared/test/serve.ts';
import type { VerifiedToken } from '../../src/core/admin/admin-authorization.ts';
import { ADMIN_SCOPES } from '../../src/core/apis/admin-scopes.ts';
import type { Api } from '../../src/core/apis/api.ts';
import { apiAdministration } from '../../src/core/apis/api-administration.ts';
import { apiDefinition, apiOf } from '../../src/core/apis/api-definition.ts';
import { indexedApis } from '../../src/core/apis/apis.ts';
import { adminApi } from '../../src/core/apis/built-in-apis.ts';
import { clientAdministration } from '../../src/core/clients/client-administration.ts';
import type { ClientRegistration } from '../../src/core/clients/client-registration.ts';
import { keyRing } from '../../src/core/keys/key-ring.ts';
import { passwordCheck } from '../../src/core/sign-in/check-password.ts';
import { throttleLogins } from '../../src/core/throttle/login-throttle.ts';
import { userAdministration } from '../../src/core/users/user-administration.ts';
import { type AdminDependencies, adminApp } from '../../src/http/admin/admin-app.ts';
import { apiIdOf } from '../../src/http/admin/ids.ts';
import type { AdminUseCases } from '../../src/http/admin/use-cases.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { makeClientSecret } from '../../src/oidc/clients/client-secrets.ts';
import { grantList } from '../../src/oidc/grants/stored-grants.ts';
import { makeKey } from '../../src/oidc/keys/provider-keys.ts';
import { argon2Passwords } from '../../src/stores/argon2-passwords.ts';
import { memoryApis } from '../../src/stores/memory/apis.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';
import { memoryAudit } from '../../src/stores/memory/audit.ts';
import { memoryClientRegistry } from '../../src/stores/memory/clients.ts';
import { memorySigningKeys } from '../../src/stores/memory/signing-keys.ts';
import { memoryUsers } from '../../src/stores/memory/users.ts';
import { done } from '../support/results.ts';

export const ADMIN_RESOURCE = 'https://admin.example';
export const ISSUER = 'https://issuer.example';
export const PASSWORD = 'correct horse battery staple';

/** The clients of the operator's file. */
export const console_ = { client_id: 'console', admin: true };
export const robot = { client_id: 'robot', admin: true, scope: 'users:read clients:read' };
export const ordinary = { client_id: 'ordinary', scope: ADMIN_SCOPES.join(' ') };

/** The least effort of a hash, so that tests are quick. */
const QUICK = { memoryKiB: 8, passes: 1, parallelism: 1 };

export type AdminApi = Awaited<ReturnType<typeof startAdminApi>>;

/** Starts the API until the test is finished, with an administrator, and a user `alice`. */
export async function startAdminApi(
  replaced: Partial<Pick<AdminDependencies, 'verify' | 'otherDocuments' | 'resource' | 'issuer'>> & {
    useCases?: Partial<AdminUseCases>;
  } = {},
) {
  const { lines, reported, ...telemetry } = recordingTelemetry();
  const stopping = new AbortController().signal;
  const parts = memoryParts(telemetry, stopping);
  const tokens = new Map<string, VerifiedToken>();
  const app = adminApp({
    resource: ADMIN_RESOURCE,
    issuer: ISSUER,
    verify: async (token) => tokens.get(token),
    otherDocuments: [],
    ...parts,
    ...replaced,
    useCases: { ...parts.useCases, ...replaced.useCases },
  });
  const base = await serve(app.callback());
  const { users } = parts.useCases;
  const admin = await createUser('root', ['admin']);
  const alice = await createUser('alice');

  return {
    app,
    base,
    lines,
    reported,
    ...parts,
    tokens,
    admin,
    alice,
    createUser,
    tokenFor,
    tokenOf,
    call,
    as,
  };

  async function createUser(username: string, roles: ('user' | 'admin')[] = ['user']) {
    const user = { username, displayName: undefined, email: undefined, emailVerified: false, roles };
    return done(await users.create({ ...user, password: PASSWORD }));
  }

  /** A token that verifies as these facts. */
  function tokenOf(facts: Partial<VerifiedToken>): string {
    const token = randomUUID();
    const known = {
      sub: admin.id,
      clientId: 'console',
      scopes: [...ADMIN_SCOPES],
      audience: [replaced.resource ?? ADMIN_RESOURCE],
    };
    tokens.set(token, { ...known, ...facts });
    return token;
  }

  /** A token of a user for all scopes, or for certain ones. */
  function tokenFor(user: { id: string }, ...scopes: string[]): string {
    return tokenOf({ sub: user.id, ...(scopes.length > 0 && { scopes }) });
  }

  function call(
    method: string,
    path: string,
    { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return fetch(`${base}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  /** Calls with the token of a user that has all scopes. */
  function as(user: { id: string }) {
    const token = tokenFor(user);
    return (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      call(method, path, { token, body, ...(headers && { headers }) });
  }
}

/** All dependencies of the API, in memory. */
export function memoryParts(telemetry: Telemetry, stopping: AbortSignal) {
  const store = memoryUsers();
  const hasher = argon2Passwords(QUICK);
  const artifacts = memoryArtifacts(ARTIFACT_MODELS, stopping);
  const grants = grantList(artifacts, (work) => work());
  const audit = memoryAudit();
  const registry = memoryClientRegistry();
  const operators: ClientRegistration[] = [console_, robot, ordinary].map((client) => ({
    grant_types: [],
    response_types: [],
    redirect_uris: [],
    ...client,
  }));
  const clients = {
    async find(id: string) {
      return operators.find(({ client_id }) => client_id === id) ?? (await registry.find(id))?.metadata;
    },
  };
  const ring = keyRing(memorySigningKeys(), makeKey, () => ['ES256'], {
    maxAgeMs: 1_000_000,
    publishMs: 1_000,
    retireMs: () => 1_000,
  });
  const apis = memoryApis();
  let looked = 0;
  const ofSettings: Api[] = [
    adminApi(ADMIN_RESOURCE, 'ES256'),
    apiOf(
      apiDefinition.parse({
        resource: 'https://stock.example.com',
        name: 'Stock',
        'name#de': 'Lager',
        scopes: { read: { description: 'See the stock', 'description#de': 'Das Lager ansehen' } },
      }),
      'ES256',
      'file',
    ),
  ];
  const useCases: AdminUseCases = {
    users: userAdministration({
      store,
      hasher,
      checkPassword: passwordCheck({
        store,
        hasher,
        throttle: throttleLogins(memoryAttempts(), new Uint8Array(32)),
      }),
      sessions: grants,
      unitOfWork: (work) => work(),
    }),
    clients: clientAdministration({
      registry,
      clients,
      check: async ({ redirect_uris }) =>
        redirect_uris.some((uri) => uri.includes('#'))
          ? 'redirect_uris must not contain fragments'
          : undefined,
      makeSecret: makeClientSecret,
      makeId: randomUUID,
    }),
    apis: apiAdministration({
      registry: apis,
      current: () => indexedApis(ofSettings),
      clients,
      artifacts,
      unitOfWork: (work) => work(),
      look: async () => {
        looked += 1;
      },
      idOf: apiIdOf,
    }),
    grants,
    keys: {
      published: ring.published,
      rotate: async (at) => ({ ok: true, value: await ring.rotate(at) }),
    },
    audit,
  };
  return {
    telemetry,
    stopping,
    users: store,
    clients,
    registry,
    apis,
    /** How often changed APIs were looked at. */
    looks: () => looked,
    artifacts,
    useCases,
    dependencies: [],
  };
}

/** Stores what a user has allowed a client. */
export async function keepGrant(
  { artifacts }: Pick<AdminApi, 'artifacts'>,
  user: { id: string },
  id: string,
  clientId = 'console',
) {
  const now = Math.floor(Date.now() / 1_000);
  const grant = { jti: id, accountId: user.id, clientId, iat: now, exp: now + 1_000 };
  await artifacts.upsert('Consent', id, { ...grant, openid: { scope: 'openid profile' } }, 1_000);
}

/** Stores a session of a user as the library would. */
export async function keepSession(
  { artifacts }: Pick<AdminApi, 'artifacts'>,
  user: { id: string },
  uid: string,
) {
  const now = Math.floor(Date.now() / 1_000);
  const session = { jti: `${uid}-cookie`, uid, accountId: user.id, iat: now, exp: now + 1_000, loginTs: now };
  await artifacts.upsert('Session', `${uid}-cookie`, session, 1_000);
}

/** The body of an answer, which must have this status. */
export async function bodyOf<Body = Record<string, never>>(response: Response, status = 200): Promise<Body> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} instead of ${status}: ${text}`);
  return JSON.parse(text) as Body;
}
