/** Replicas of an auth server over the same stores, in memory, with the clients of a registry and an audit log. */
import { randomBytes, randomUUID } from 'node:crypto';
import { takeBodies } from 'shared/http/body-limit.ts';
import { answerProblems } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import { requestFacts } from 'shared/telemetry/request-context.ts';
import { freePort, recordingTelemetry, serve } from 'shared/test/serve.ts';
import { workloadJwts } from '../../src/adapters/workload-jwts.ts';
import { ACCESS_TOKEN_TTL } from '../../src/core/apis/api.ts';
import { indexedApis } from '../../src/core/apis/apis.ts';
import { clockApi } from '../../src/core/apis/built-in-apis.ts';
import { demoClient, resourceServerClient, webappClient } from '../../src/core/clients/built-in-clients.ts';
import { clientAdministration } from '../../src/core/clients/client-administration.ts';
import { knownIn } from '../../src/core/clients/client-registration.ts';
import { auditedSignIn } from '../../src/core/sign-in/audited-sign-in.ts';
import { admitWith, type SignIn, signInWith } from '../../src/core/sign-in/sign-in.ts';
import { throttleSecrets } from '../../src/core/throttle/secret-throttle.ts';
import { throttleUserCodes } from '../../src/core/throttle/user-code-throttle.ts';
import { forPrefix } from '../../src/http/for-prefix.ts';
import { pages } from '../../src/http/pages/all-pages.ts';
import { interactionRoutes } from '../../src/http/sign-in/interaction-routes.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { auditEvents, recordAuditEvents } from '../../src/oidc/audit/audit-events.ts';
import { checkClientMetadata, clientsOf, makeClientSecret } from '../../src/oidc/clients/client-secrets.ts';
import { selfRegistered } from '../../src/oidc/clients/self-registered.ts';
import { ROUTES } from '../../src/oidc/endpoints.ts';
import { originCheck } from '../../src/oidc/exchange/origins.ts';
import { fastPath } from '../../src/oidc/fast-path/fast-path.ts';
import { grantList } from '../../src/oidc/grants/stored-grants.ts';
import type { SigningKeys } from '../../src/oidc/keys/provider-keys.ts';
import { exactOAuthErrors } from '../../src/oidc/oauth-errors.ts';
import { createProvider, type ProviderDependencies } from '../../src/oidc/provider.ts';
import { interactions } from '../../src/oidc/sign-in/library-interactions.ts';
import { jwtAccessTokens } from '../../src/oidc/tokens/jwt-access-tokens.ts';
import type { RefreshTokenRules } from '../../src/oidc/tokens/refresh-tokens.ts';
import { markStructuredTokens } from '../../src/oidc/tokens/structured-tokens.ts';
import { acceptAnyone } from '../../src/stores/accept-anyone.ts';
import { inOrder } from '../../src/stores/all-clients.ts';
import { memoryClients } from '../../src/stores/fixed-clients.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';
import { memoryAudit } from '../../src/stores/memory/audit.ts';
import { memoryClientRegistry } from '../../src/stores/memory/clients.ts';
import { memoryRevocations } from '../../src/stores/memory/revocations.ts';
import { type Client, FAST_PATH, makeKey, resourceServer, webapp } from './auth-server.ts';
import { api, firstParty } from './code-flow.ts';
import { INITIAL_ACCESS_TOKEN } from './registry.ts';

/** Starts two replicas until the test is finished, and answers them with the stores that they share. */
export async function startReplicas({
  passwordGrant = true,
  refreshTokens = { rotation: 'public', overlap: 10 } as RefreshTokenRules,
  artifacts = memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal),
  audit = memoryAudit(),
  accessTokenTTL = ACCESS_TOKEN_TTL,
} = {}) {
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const registry = memoryClientRegistry();
  const settings = [
    demoClient,
    webappClient(webapp.id, webapp.secret, firstParty.redirectUri, Object.keys(TIME_SCOPES)),
    resourceServerClient(resourceServer.id, resourceServer.secret, api),
  ];
  const clients = inOrder(
    memoryClients(settings),
    clientsOf(registry, passwordGrant),
    selfRegistered(artifacts),
  );
  const knownClients = knownIn(clients);
  const audited = auditedSignIn(
    signInWith(acceptAnyone, clients),
    (entry) => audit.record(entry),
    () => ({ requestId: requestFacts()?.requestId, client: requestFacts()?.clientId }),
  );
  const signIn: SignIn = (username, password) => audited(username, password, '192.0.2.1');
  const keys: SigningKeys = {
    keys: [(await makeKey('ES256')).jwk, (await makeKey('RS256')).jwk],
    signedUntil: new Map(),
    accessTokenAlg: 'ES256',
    idTokenAlg: 'RS256',
  };
  const clock = { ...clockApi(api, 'ES256', TIME_SCOPES), accessTokenTtl: accessTokenTTL };
  const apis = indexedApis([{ ...clock, resourceServers: new Set([resourceServer.id]) }]);
  const revocations = memoryRevocations();
  const originStands = originCheck({ apis, clients: knownClients, artifacts, revocations });
  const parts: Omit<ProviderDependencies, 'jwts' | 'fastPath'> = {
    issuer,
    apis,
    keys,
    cookieKeys: [randomUUID()],
    passwordGrant,
    refreshTokens,
    initialAccessToken: INITIAL_ACCESS_TOKEN,
    registered: settings,
    clients,
    knownClients,
    takesDocuments: false,
    fetch: () => Promise.reject(new Error('nothing is fetched here')),
    users: acceptAnyone,
    unitOfWork: (work) => work(),
    signIn,
    throttles: {
      clientSecrets: throttleSecrets(memoryAttempts(), randomBytes(32), 'client secret'),
      userCodes: throttleUserCodes(memoryAttempts(), randomBytes(32)),
    },
    artifacts,
    originStands,
    workloads: workloadJwts(),
    pages,
  };

  function build() {
    const { lines, ...telemetry } = recordingTelemetry();
    const fast = fastPath(FAST_PATH);
    const own = fast?.ownTokens;
    const jwts = jwtAccessTokens({
      issuer,
      keys,
      apis,
      revocations,
      clients: knownClients,
      originStands,
      own,
    });
    const provider = createProvider({ ...parts, jwts, fastPath: fast });
    auditEvents(provider);
    const router = interactionRoutes({
      issuerPath: '',
      interactions: interactions(provider, artifacts, apis),
      signIn,
      admit: admitWith(acceptAnyone, clients),
      nameOf: async (sub) => sub,
    });
    for (const middleware of [
      trackRequests(telemetry, () => undefined),
      answerProblems(telemetry),
      takeBodies(),
      recordAuditEvents(audit, telemetry.log),
      exactOAuthErrors(issuer, telemetry.log),
      ...(fast
        ? [fast.introspectPlainly(ROUTES.introspection, provider, jwts, parts.throttles.clientSecrets, apis)]
        : []),
      markStructuredTokens([ROUTES.introspection, ROUTES.revocation]),
      ...forPrefix('/interaction/', router),
    ]) {
      provider.use(middleware);
    }
    return { provider, lines };
  }

  async function start(port = 0) {
    const { provider, lines } = build();
    const url = await serve(provider.callback(), port);
    const post = (path: string, form: Record<string, string> | [string, string][], client?: Client) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: client ? { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` } : {},
      });
    return {
      provider,
      lines,
      issuer: url,
      post,
      introspect: (token: string, client: Client = resourceServer) => post('/introspect', { token }, client),
      revoke: (token: string, client: Client = webapp) => post('/revoke', { token }, client),
    };
  }

  const first = await start(Number(new URL(issuer).port));
  const second = await start();
  return {
    first,
    second,
    registry,
    audit,
    artifacts,
    grants: grantList(artifacts, (work) => work()),
    admin: clientAdministration({
      registry,
      clients,
      check: (metadata) => checkClientMetadata(first.provider, metadata),
      makeSecret: makeClientSecret,
      makeId: randomUUID,
    }),
  };
}
