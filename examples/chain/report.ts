/** Prints who called whom, for whom. */
import type { Call } from './api.ts';

/** Prints a call, further to the right the further it is down the chain. */
export function printCall({ api, path, caller, token }: Call, depth: number): void {
  const { sub, client_id, act, scope, aud, exp } = claimsOf(token);
  const facts = {
    API: aud,
    scope,
    sub,
    client_id,
    act: act === undefined ? 'none' : JSON.stringify(act),
    'seconds left': Math.floor(Number(exp) - Date.now() / 1000),
    // What the guard makes of `act` for the API.
    actors: caller.actors.map((actor) => actor.sub).join(', ') || 'none',
  };
  print(depth, `${caller.clientId} calls ${api} for ${caller.user}: GET ${path}`);
  for (const [name, value] of Object.entries(facts)) print(depth + 2, `${name.padEnd(12)}  ${value}`);
  print(0, '');
}

/** Prints a line, which is indented by two spaces for each step of its depth. */
export function print(depth: number, line: string): void {
  console.log(`${'  '.repeat(depth)}${line}`);
}

/** What a token says (RFC 9068 §2.2). Only an API may believe it, and only after its guard has. */
function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString());
}
