/** What each browser and device holds for itself, with the stores in memory. */
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { grantList } from '../../src/oidc/grants/stored-grants.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { cliRegistration } from '../support/code-flow.ts';
import { done } from '../support/results.ts';
import { appRegistration, describeFamilies, keeperRegistration } from './families.ts';

describeFamilies('in memory', async () => {
  const artifacts = memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal);
  const list = grantList(artifacts, (work) => work());
  const CLIENTS_FILE = await temporaryFile([appRegistration, keeperRegistration, cliRegistration]);
  return {
    server: await startAuthServer({ CLIENTS_FILE }, { artifacts }),
    granted: async () =>
      (await list.grants('alice')).map(({ id, clientId, scopes }) => ({ id, client: clientId, scopes })),
    end: async (id) => done(await list.revokeGrant('alice', id)),
    endAll: () => list.endAll('alice', 'sessions and grants'),
  };
});
