/** What stores have to know of the library's models. */
import type { ArtifactModels } from '../core/grants/artifact-store.ts';

export const ARTIFACT_MODELS: ArtifactModels = {
  Client: { hasNames: true, secrets: ['client_secret'] },
  // Its id, since one that is found by the user code is stored again by the id.
  DeviceCode: { secrets: ['jti'] },
  Grant: { hasNames: true, byAccount: true },
  // The ids of a device code, a pushed request and a session, and in the URL its own.
  Interaction: { secrets: ['deviceCode', 'parJti', 'session', 'returnTo'], byAccount: true },
  // What is forgotten early could be replayed.
  ReplayDetection: { mustLast: true },
  // The secret of its forms, which keeps other sites from posting them.
  Session: { secrets: ['state'], byAccount: true },
};
