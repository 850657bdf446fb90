/** An API under test in one of the frameworks, and the tokens that its guard is told of. */
import { createGuard, type GuardOptions, type Introspect, type Introspection, type Need } from 'guard';
import type { Unavailable } from 'shared/core/unavailable.ts';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { challengesIn } from './challenges.ts';
import type { Start } from './frameworks.ts';

/** The identifier of the API under test. */
export const RESOURCE = 'https://notes.example';

/** Where the metadata of that API is. */
export const METADATA_URL = `${RESOURCE}/.well-known/oauth-protected-resource`;

/** A token of alice for the API under test; the given facts replace the usual ones. */
export function tokenOf(facts: Partial<Extract<Introspection, { active: true }>> = {}): Introspection {
  return { active: true, sub: 'alice', client_id: 'app', scope: 'read', aud: RESOURCE, ...facts };
}

/** Starts an API that needs `need`; by default its guard finds every token to be alice's with the scope `read`. */
export async function startApi(
  start: Start,
  tokens: Introspection | Introspect = tokenOf(),
  need: Need = {},
  options: Partial<GuardOptions> = {},
) {
  const asked: string[] = [];
  const errors: unknown[] = [];
  const outages: Unavailable[] = [];
  const passed: unknown[] = [];
  const introspect: Introspect = async (token) => {
    asked.push(token);
    return typeof tokens === 'function' ? tokens(token) : tokens;
  };
  const guard = createGuard({
    resource: RESOURCE,
    issuer: 'https://issuer.example',
    tokens: introspect,
    onOutage: (outage) => outages.push(outage),
    ...options,
  });
  const base = await start({
    guard,
    need,
    answer: (caller) => {
      passed.push(caller);
      const { token: _, ...known } = caller ?? {};
      return known;
    },
    noteError: (error) => errors.push(error),
  });

  async function get(headers: Record<string, string> = {}, path = '/notes', method = 'GET') {
    return answerOf(await fetch(`${base}${path}`, { method, headers }));
  }
  return {
    base,
    /** The tokens that were introspected, the errors that reached the framework, the outages, and the callers that passed. */
    asked,
    errors,
    outages,
    passed,
    get,
    getWithToken: (token = 'a-token', path?: string) => get({ authorization: `Bearer ${token}` }, path),
    /** Sends a request as no HTTP library would. */
    async send(target: string, ...headers: string[]) {
      const lines = [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers];
      const { status, headers: fields } = parsed(await sendLines(base, ...lines));
      return { status, headers: fields, challenges: challengesIn(fields) };
    },
  };
}

async function answerOf(response: Response) {
  const { status, headers } = response;
  const text = await response.text();
  return { status, headers, challenges: challengesIn(headers), text, body: text && JSON.parse(text) };
}
