/** Decides when a user has to sign in, to choose an account or to consent: the library's policy, and what we add to it. */
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { isOidcScope } from '../../core/apis/scopes.ts';
import { mustSignIn, type SignInOfSession } from '../../core/sign-in/authentication-context.ts';
import { UNPROVEN } from '../../core/sign-in/interactions.ts';
import { textOf } from '../parameters.ts';
import { askedSignIn } from './step-up-parameters.ts';

/** Why a user is asked to sign in who has to prove who they are, whatever the client and the directory are (RFC 9470 §4). */
export const STEP_UP = 'step_up';

/** The prompts of an authorization request (OpenID Connect Core §3.1.2.1), and what calls for each. */
export function promptPolicy() {
  const base = interactionPolicy.base();
  base
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check(
        'unproven',
        'a third-party client needs the resource owner to authenticate',
        'login_required',
        ({ oidc }) => oidc.client?.first_party !== true && oidc.session?.amr?.includes(UNPROVEN) === true,
      ),
    );
  base.get('login')?.checks.add(
    new interactionPolicy.Check(
      'other_user',
      'a first-party client names the resource owner',
      'login_required',
      ({ oidc }) =>
        oidc.client?.first_party === true &&
        // A link must not be able to sign out a user who proved who they are.
        oidc.session?.amr?.includes(UNPROVEN) === true &&
        textOf(oidc.params?.login_hint) !== undefined &&
        textOf(oidc.params?.login_hint)?.trim() !== oidc.session?.accountId &&
        !oidc.result?.login,
    ),
  );
  base
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check(
        STEP_UP,
        'the resource owner has to authenticate in another way, or more recently',
        'login_required',
        (ctx) => mustSignIn(askedSignIn(ctx), signInOf(ctx.oidc), Date.now() / 1_000),
      ),
    );
  base
    .get('consent')
    ?.checks.add(
      new interactionPolicy.Check(
        'left_out',
        'the resource owner has left out all that is asked for',
        'consent_required',
        ({ oidc }) => !oidc.result?.consent && hasLeftOutAll(oidc),
      ),
    );
  // After signing in, since whoever signs in has chosen an account, and before consent, which is that of an account.
  base.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 1);
  return base;
}

function signInOf({ session, result }: KoaContextWithOIDC['oidc']): SignInOfSession {
  return {
    acr: session?.acr,
    time: session?.accountId === undefined ? undefined : session.loginTs,
    isProven: session?.amr?.includes(UNPROVEN) !== true,
    isForThisRequest: result?.login !== undefined,
  };
}

/**
 * Whether the user left out, before, all that the client asks for now. Unless they are asked again, they can only be refused. A
 * scope of an API counts at that API only, since another may have one of the same name.
 */
function hasLeftOutAll({
  grant,
  requestParamScopes,
  resourceServers = {},
}: KoaContextWithOIDC['oidc']): boolean {
  if (grant === undefined) return false;
  const ofUser = new Set([...requestParamScopes].filter(isOidcScope));
  const apis = Object.keys(resourceServers);
  const granted = [
    grant.getOIDCScopeFiltered(ofUser),
    ...apis.map((api) => grant.getResourceScopeFiltered(api, requestParamScopes)),
  ];
  const leftOut = [grant.getRejectedOIDCScope(), ...apis.map((api) => grant.getRejectedResourceScope(api))];
  return (
    granted.every((scope) => scope === '') &&
    leftOut.some((scopes) => scopes.split(' ').some((scope) => requestParamScopes.has(scope)))
  );
}
