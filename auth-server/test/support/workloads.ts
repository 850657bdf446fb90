/** A CI platform that signs JWTs for its jobs (RFC 7523), and an issuer at which a client trusts one of the jobs. */
import { randomUUID } from 'node:crypto';
import { exportJWK, type JWK, SignJWT } from 'jose';
import type { AuditLog } from '../../src/core/audit/audit-log.ts';
import { makeKey, startAuthServer, temporaryFile } from './auth-server.ts';
import { type Parameters, postAs } from './code-flow.ts';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** The platform, and the job that is trusted. */
export const CI = 'https://ci.example.com';
export const JOB = 'project:shop:branch:main';

/** The API that the job deploys to. */
export const deployments = 'https://deployments.example.com';

/** A client without any credential but the JWTs of the job. */
export const deployer = { id: 'deployer' };

/** A client with a secret, too. */
export const confidential = { id: 'confidential', secret: 'the-secret-of-the-deployer' };

/** Claims and header members in place of the usual ones; undefined leaves one out. */
export type Changes = Record<string, unknown>;

/** A platform with a key of its own, which signs any JWT. */
export async function makeCi({ alg = 'RS256', kid = 'ci-key', issuer = CI, subject = JOB } = {}) {
  const { privateKey, publicKey } = await makeKey(alg, kid);
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return {
    issuer,
    subject,
    publicJwk,
    privateKey,
    jwks: { keys: [publicJwk] },
    /** A JWT that is good for the audience, but for what is changed. */
    jwt(aud: unknown, claims: Changes = {}, header: Changes = {}): Promise<string> {
      const now = Math.floor(Date.now() / 1_000);
      const all = { iss: issuer, sub: subject, aud, iat: now, exp: now + 300, jti: randomUUID(), ...claims };
      return new SignJWT(given(all))
        .setProtectedHeader({ ...given({ alg, kid, typ: 'JWT', ...header }), alg: String(header.alg ?? alg) })
        .sign(privateKey);
    },
  };
}

export type Ci = Awaited<ReturnType<typeof makeCi>>;

function given(members: Changes): Changes {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** The registration of a client whose tokens the job may get, with other members in place of these. */
export function workloadClient(id: string, identities: object[], members: object = {}) {
  return {
    client_id: id,
    token_endpoint_auth_method: 'none',
    grant_types: [JWT_BEARER],
    response_types: [],
    scope: 'deploy:start deploy:stop',
    workload_identities: identities,
    ...members,
  };
}

/** The API, with other members in place of these. */
export function deploymentsApi(members: object = {}) {
  return {
    resource: deployments,
    name: 'Deployments',
    scopes: { 'deploy:start': 'Start deployments', 'deploy:stop': 'Stop deployments' },
    access_token_ttl: 60,
    resource_servers: [confidential.id],
    ...members,
  };
}

/** What is different from the default. */
export interface WorkloadOptions {
  ci?: Ci;
  /** Members of the identity. */
  identity?: object;
  /** Members of the clients. */
  client?: object;
  api?: object;
  settings?: Record<string, string>;
  /** Further clients and APIs. */
  clients?: object[];
  apis?: object[];
  audit?: AuditLog;
}

/** Starts an issuer with the API and both clients. */
export async function startWithWorkload(options: WorkloadOptions = {}) {
  const ci = options.ci ?? (await makeCi());
  const identity = { issuer: ci.issuer, subject: ci.subject, jwks: ci.jwks, ...options.identity };
  const { client = {} } = options;
  const environment = {
    CLIENTS_FILE: await temporaryFile([
      workloadClient(deployer.id, [identity], client),
      workloadClient(confidential.id, [identity], {
        ...client,
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: confidential.secret,
      }),
      ...(options.clients ?? []),
    ]),
    APIS_FILE: await temporaryFile([deploymentsApi(options.api), ...(options.apis ?? [])]),
    ...options.settings,
  };
  const server = await startAuthServer(environment, options.audit && { audit: options.audit });

  /** Presents a JWT, as the public client unless another is named. */
  const present = (
    assertion: string | string[],
    form: Parameters = {},
    by: { id: string; secret?: string } = deployer,
    proof?: string,
  ) => postAs(server, by, '/token', { grant_type: JWT_BEARER, assertion, ...form }, proof);

  return {
    ...server,
    ci,
    present,
    /** A JWT of the job for this server, but for what is changed. */
    jwt: (claims: Changes = {}, header: Changes = {}) => ci.jwt(server.issuer, claims, header),
  };
}
