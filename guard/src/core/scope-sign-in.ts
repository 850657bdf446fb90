/** Lets a scope ask how the user has signed in, wherever a call needs that scope (RFC 9470 §3). */
import type { AuthenticationNeed } from './authentication.ts';
import { assertKnownMembers } from './known-members.ts';
import { assertSignIn, isOneOfList, type Need, scopesOf } from './need.ts';

/** How the user must have signed in for each of these scopes. */
export type ScopeSignIn = Readonly<Record<string, AuthenticationNeed>>;

/** Adds to what a call needs the sign-ins that its scopes ask for. */
type AddSignIn = (need: Need) => Need;

const MEMBERS: readonly (keyof AuthenticationNeed)[] = ['acrValues', 'maxAge'];

/**
 * Makes what adds the sign-ins of scopes. A token must meet what each scope of the call asks for, and the call itself. Scopes
 * that the token has and the call does not need ask for nothing.
 *
 * @param scopes all scopes of the API, when it names them: another one is misspelt, and would never ask for anything
 * @returns a function that throws a TypeError when no class of sign-ins is good enough for all who ask
 * @throws {TypeError} when a scope is none of the API, or asks for nothing or for what cannot be
 */
export function addingSignIn(signIn: ScopeSignIn, scopes?: readonly string[]): AddSignIn {
  assertScopeSignIn(signIn, scopes);
  // A map, since a scope may have the name of a member that every object has, such as `constructor`.
  const asked = new Map(Object.entries(signIn));
  return function addSignIn(need) {
    const all = scopesOf(need.scope ?? '').flatMap((scope) => {
      const one = asked.get(scope);
      return one === undefined ? [] : [{ of: scope, ...one }];
    });
    return all.length === 0 ? need : { ...need, ...strictest([{ of: 'the call itself', ...need }, ...all]) };
  };
}

/** One that asks for a sign-in, with its name for messages. */
type Asking = AuthenticationNeed & { of: string };

/** What meets all who ask: the shortest age, and the classes that each of them lists, in the order of the first. */
function strictest(all: readonly Asking[]): AuthenticationNeed {
  const ages = all.flatMap(({ maxAge }) => maxAge ?? []);
  const lists = all.flatMap(({ of, acrValues }) => (acrValues === undefined ? [] : [{ of, acrValues }]));
  const [first, ...others] = lists;
  const common = first?.acrValues.filter((acr) => others.every(({ acrValues }) => acrValues.includes(acr)));
  if (common?.length === 0) {
    const said = lists.map(({ of, acrValues }) => `${of} (${acrValues.join(' ')})`).join(' and ');
    throw new TypeError(`acrValues: no class of sign-ins is good enough for ${said}`);
  }
  return { ...(common && { acrValues: common }), ...(ages.length > 0 && { maxAge: Math.min(...ages) }) };
}

function assertScopeSignIn(signIn: ScopeSignIn, scopes: readonly string[] | undefined): void {
  assertKnownMembers('signIn', signIn, scopes ?? Object.keys(signIn ?? {}));
  for (const [scope, asked] of Object.entries(signIn)) {
    if (!isOneOfList(scope)) throw new TypeError(`signIn: ${JSON.stringify(scope)} is no scope`);
    const name = `signIn of ${scope}`;
    assertKnownMembers(name, asked, MEMBERS);
    assertSignIn(asked, `${name}: `);
    if (asked.acrValues === undefined && asked.maxAge === undefined)
      throw new TypeError(`${name} asks for nothing: give it acrValues, maxAge, or both`);
  }
}
