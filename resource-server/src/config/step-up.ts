/** Reads which scopes ask how the user has signed in (RFC 9470): `epoch_time max_age=60; current_time acr=urn:example:mfa`. */
import { isOneOfList } from 'guard/core/need.ts';
import { z } from 'zod';
import { SCOPES } from '../http/endpoints.ts';

/** How the user must have signed in: in one of these classes, and at most so many seconds ago. */
interface SignIn {
  acrValues?: string[];
  maxAge?: number;
}

/** The longest age of a sign-in, in seconds: a year. */
const LONGEST_S = 31_536_000;

/** What is wrong with an entry. The texts follow its number, and do not show what it says. */
const FAULTS = {
  scope: `must begin with a scope of this API: ${Object.keys(SCOPES).join(' or ')}`,
  sameScope: 'must have another scope than the entries before it',
  nothing: 'must have max_age=SECONDS, acr=CLASS or both after its scope',
  member: 'must have nothing but max_age=SECONDS and acr=CLASS after its scope',
  sameMember: 'must have one max_age, and each acr once',
  maxAge: `must have a whole number from 1 to ${LONGEST_S} as its max_age`,
  acr: 'must have one class in each acr, without commas or quotation marks: acr=FIRST acr=SECOND',
};

/**
 * Entries between semicolons, each a scope, then `max_age=SECONDS` and, for every class that will do, `acr=CLASS`, the best first.
 * An age of 0 is refused: each call comes later than the sign-in, so that nobody would get in.
 */
export const stepUp = z.string().transform((text, ctx) => {
  const entries = text
    .split(';')
    .map((entry) => entry.trim().split(/\s+/))
    .filter(([scope]) => scope !== '')
    .map(([scope = '', ...members]) => ({ scope, members }));
  entries.forEach((entry, index) => {
    const before = entries.slice(0, index).map(({ scope }) => scope);
    for (const fault of faultsOf(entry, before))
      ctx.addIssue({ code: 'custom', path: [index], message: FAULTS[fault] });
  });
  return Object.fromEntries(entries.map(({ scope, members }) => [scope, signInOf(members)]));
});

function faultsOf(
  { scope, members }: { scope: string; members: string[] },
  before: string[],
): (keyof typeof FAULTS)[] {
  const ages = valuesOf('max_age', members);
  const classes = valuesOf('acr', members);
  const wrong: Record<keyof typeof FAULTS, boolean> = {
    scope: !Object.hasOwn(SCOPES, scope),
    sameScope: before.includes(scope),
    nothing: members.length === 0,
    member: ages.length + classes.length < members.length,
    sameMember: ages.length > 1 || new Set(classes).size < classes.length,
    maxAge: !ages.every((age) => /^\d{1,8}$/.test(age) && Number(age) >= 1 && Number(age) <= LONGEST_S),
    acr: !classes.every((acr) => isOneOfList(acr) && !acr.includes(',')),
  };
  return (Object.keys(FAULTS) as (keyof typeof FAULTS)[]).filter((fault) => wrong[fault]);
}

function signInOf(members: string[]): SignIn {
  const [age] = valuesOf('max_age', members);
  const acrValues = valuesOf('acr', members);
  return { ...(age !== undefined && { maxAge: Number(age) }), ...(acrValues.length > 0 && { acrValues }) };
}

function valuesOf(name: string, members: string[]): string[] {
  return members
    .filter((member) => member.startsWith(`${name}=`))
    .map((member) => member.slice(name.length + 1));
}
