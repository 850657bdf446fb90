/** Makes the port that introspects tokens at the auth server, as the settings say. */
import type { Introspect } from 'guard';
import { issuerKeys } from 'guard/adapters/issuer-keys.ts';
import type { Upstream } from 'shared/upstream/upstream.ts';
import { coalescedIntrospections } from '../adapters/coalesced-introspections.ts';
import { keysFrom } from '../adapters/fetched-keys.ts';
import { type AnswerFormat, introspectionClient, plainAnswers } from '../adapters/introspection-client.ts';
import { signedAnswers } from '../adapters/signed-answers.ts';
import type { Settings } from '../config.ts';
import type { Clock } from '../core/time.ts';

/** Concurrent introspections of one token share one call; nothing is cached. */
export function introspection(settings: Settings, authServer: Upstream, clock: Clock): Introspect {
  return coalescedIntrospections(
    introspectionClient(
      authServer,
      settings.INTROSPECTION_ENDPOINT,
      settings.RESOURCE_SERVER_CLIENT_ID,
      settings.RESOURCE_SERVER_CLIENT_SECRET,
      answerFormat(settings, authServer, clock),
      clock,
    ),
  );
}

function answerFormat(settings: Settings, authServer: Upstream, clock: Clock): AnswerFormat {
  if (settings.INTROSPECTION_RESPONSE === 'json') return plainAnswers(authServer);
  return signedAnswers(authServer, issuerKeys(keysFrom(authServer), settings.JWKS_URI), {
    issuer: settings.ISSUER,
    clientId: settings.RESOURCE_SERVER_CLIENT_ID,
    clock,
  });
}
