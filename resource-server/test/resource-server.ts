/** The resource server under test, and the answers that its introspection gets. */
import type { Introspect, Introspection, RememberProof } from 'guard';
import { recordingTelemetry, serve } from 'shared/test/serve.ts';
import { createApp } from '../src/app.ts';
import { settingsSchema } from '../src/config.ts';
import type { Clock } from '../src/core/time.ts';

/** The identifier of the API under test. */
export const RESOURCE = 'https://time.example';

/** An active token of a resource owner for `current_time`; the given facts replace the usual ones. */
export function tokenOf(facts: Partial<Extract<Introspection, { active: true }>> = {}): Introspection {
  return {
    active: true,
    sub: 'alice',
    client_id: '1234',
    scope: 'current_time',
    aud: RESOURCE,
    ...facts,
  };
}

/** Starts a resource server with these settings until the test is finished. */
export async function startResourceServer(
  environment: Record<string, string> = {},
  overrides: { introspect?: Introspect; clock?: Clock; rememberProof?: RememberProof } = {},
) {
  const settings = settingsSchema.parse({ RESOURCE, ...environment });
  const { lines, ...telemetry } = recordingTelemetry();
  const app = await createApp({ settings, ...telemetry, stopping: new AbortController().signal }, overrides);
  const base = await serve(app.callback());
  return {
    base,
    lines,
    get: (path: string, headers: Record<string, string> = {}) => fetch(`${base}${path}`, { headers }),
    getWithToken: (path: string, token = 'a-token') =>
      fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } }),
  };
}

/** Starts a resource server whose introspection always gives this answer, and records the introspected tokens. */
export async function startWithToken(
  introspection: Introspection,
  overrides: { clock?: Clock; rememberProof?: RememberProof } = {},
) {
  const asked: string[] = [];
  const introspect: Introspect = async (token) => {
    asked.push(token);
    return introspection;
  };
  return { ...(await startResourceServer({}, { introspect, ...overrides })), asked };
}

/** The parameters of a challenge (RFC 6750 §3, RFC 9449 §7.1); undefined when there is none of that scheme. */
export function challengeOf(
  { headers }: { headers: Headers },
  scheme: 'Bearer' | 'DPoP' = 'Bearer',
): Record<string, string> | undefined {
  const challenges = headers.get('www-authenticate')?.split(/, (?=Bearer |DPoP )/) ?? [];
  const parameters = challenges.find((challenge) => challenge.startsWith(`${scheme} `));
  if (parameters === undefined) return undefined;
  return Object.fromEntries(
    parameters
      .slice(scheme.length + 1)
      .split(/, (?=\w+=)/)
      .map((part) => part.match(/^(\w+)="([^"]*)"$/)?.slice(1) ?? [part, '']),
  );
}
