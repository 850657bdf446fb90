/** What stores have to know of the library's models. */
import { MOST_STRANGERS } from '../core/clients/stranger-registrations.ts';
import type { ArtifactModels } from '../core/grants/artifact-store.ts';
import { clientOfWorkload, registrant, userOrClient, userOrStranger } from './record-holders.ts';

/**
 * How many sessions one user has at most. Nobody has so many browsers; a machine that signs in anew each minute, and forgets
 * its cookies, still finds each of its sessions for hours. Ending them all stays a matter of milliseconds.
 */
const MOST_SESSIONS = 1_000;

/**
 * How many families of tokens that outlive their sessions one user may have with one client. Nobody has so many devices; a
 * machine that asks for one each minute does not fill the store.
 */
const MOST_FAMILIES = 1_000;

export const ARTIFACT_MODELS: ArtifactModels = {
  AccessToken: { holder: userOrStranger },
  AuthorizationCode: { holder: userOrStranger, mustLast: 'once used' },
  Client: { holder: registrant, mustLast: 'always', hasNames: true, secrets: ['client_secret'] },
  ClientCredentials: { holder: userOrClient },
  Consent: { holder: userOrStranger, hasNames: true, byAccount: true, allows: true },
  // Its id, since one that is found by the user code is stored again by the id.
  DeviceCode: { holder: userOrClient, mustLast: 'once used', secrets: ['jti'] },
  DevicePolls: { holder: userOrClient },
  // What is forgotten early would bring its session back.
  EndedSession: {
    holder: ({ accountId = '' }) => ({ of: 'users', name: accountId }),
    mustLast: 'always',
    byAccount: true,
  },
  Grant: {
    holder: userOrStranger,
    hasNames: true,
    byAccount: true,
    allows: true,
    mostOfGrant: MOST_FAMILIES,
  },
  // The ids of a device code, a pushed request and a session, and in the URL its own.
  Interaction: {
    holder: userOrStranger,
    secrets: ['deviceCode', 'parJti', 'session', 'returnTo'],
    byAccount: true,
  },
  PushedAuthorizationRequest: { holder: userOrClient },
  RefreshToken: { holder: userOrStranger },
  RegistrationAccessToken: { holder: registrant, mustLast: 'always' },
  // What is forgotten early could be replayed; and while a password is hashed, no transaction may wait with it.
  ReplayDetection: { holder: clientOfWorkload, mustLast: 'always', ofNoUnit: true },
  // The secret of its forms, which keeps other sites from posting them.
  Session: {
    holder: userOrStranger,
    secrets: ['state'],
    byAccount: true,
    mostOfAccount: MOST_SESSIONS,
  },
  // One that no user has allowed anything yet may have to make room.
  StrangerClient: {
    holder: registrant,
    mustLast: 'once used',
    hasNames: true,
    mostInAll: MOST_STRANGERS,
  },
};
