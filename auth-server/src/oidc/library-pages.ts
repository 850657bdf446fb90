/** Replaces the library's pages with ours. */
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { BROWSER_ROUTES } from './endpoints.ts';
import { textOf } from './parameters.ts';

/** The parameters of a sign-out request that its page hands on, in case its form comes too late. */
type SignOutRequest = [name: string, value: string][];

const SIGN_OUT_PARAMETERS = ['client_id', 'post_logout_redirect_uri', 'state'];

/** Renders the pages, each as a whole HTML document. */
export interface Pages {
  error(error: { error: string; description?: string | undefined }): string;
  deviceCode(form: { action: string; xsrf: string; problem: string | undefined }): string;
  deviceConfirm(form: { action: string; xsrf: string; clientName: string; userCode: string }): string;
  deviceConnected(clientName: string): string;
  signOut(form: {
    action: string;
    xsrf: string;
    clientName: string | undefined;
    request: SignOutRequest;
  }): string;
  /** @param stays whether the user chose to stay signed in */
  signedOut(stays: boolean): string;
}

type Client = KoaContextWithOIDC['oidc']['client'];

/** The library's hooks for errors, the device flow (RFC 8628) and logout. */
export function pageHooks(pages: Pages) {
  const renderError: Configuration['renderError'] = (ctx, out, failure) => {
    const { error, error_description } = out;
    if (!BROWSER_ROUTES.has(ctx.oidc.route)) {
      // The library asks for a page whenever a program says that it prefers HTML, as Java's default does.
      ctx.body = out;
    } else if (ctx.accepts('json', 'html') === 'html') {
      if (ctx.oidc.route === 'end_session_confirm' && isPosted(ctx)) return askAgain(ctx);
      const shown = isOver(failure)
        ? { error: 'interaction_over' }
        : { error, description: error_description };
      show(ctx, pages.error(shown));
    } else {
      ctx.body = { error, error_description };
    }
  };
  return {
    renderError,
    deviceFlow: {
      userCodeInputSource(ctx: KoaContextWithOIDC, _form: string, out?: unknown, error?: Error) {
        if (out !== undefined && ctx.oidc.session?.exp === undefined) return beginAgain(ctx);
        const problem = error === undefined && out === undefined ? undefined : problemOf(error);
        show(ctx, pages.deviceCode({ ...formOf(ctx, 'code_verification'), problem }));
      },
      userCodeConfirmSource(
        ctx: KoaContextWithOIDC,
        _form: string,
        client: Client,
        _deviceInfo: unknown,
        userCode: string,
      ) {
        const clientName = nameOf(client) ?? '';
        show(ctx, pages.deviceConfirm({ ...formOf(ctx, 'code_verification'), clientName, userCode }));
      },
      successSource(ctx: KoaContextWithOIDC) {
        show(ctx, pages.deviceConnected(nameOf(ctx.oidc.client) ?? ''));
      },
    },
    rpInitiatedLogout: {
      logoutSource(ctx: KoaContextWithOIDC) {
        show(
          ctx,
          pages.signOut({
            ...formOf(ctx, 'end_session_confirm'),
            clientName: nameOf(ctx.oidc.client),
            request: signOutRequest({ ...ctx.oidc.params, client_id: ctx.oidc.client?.clientId }),
          }),
        );
      },
      postLogoutSuccessSource(ctx: KoaContextWithOIDC) {
        const stays = ctx.cookies.get(ctx.oidc.provider.cookieName('session')) !== undefined;
        show(ctx, pages.signedOut(stays));
      },
    },
  };
}

/** The URL that a form is posted to, and the token that ties the form to this session. */
function formOf({ oidc }: KoaContextWithOIDC, route: string): { action: string; xsrf: string } {
  return { action: oidc.urlFor(route), xsrf: String(oidc.session?.state?.secret) };
}

function signOutRequest(parameters: Record<string, unknown>): SignOutRequest {
  return SIGN_OUT_PARAMETERS.flatMap((name) => {
    const value = textOf(parameters[name]);
    return value === undefined ? [] : [[name, value] satisfies [string, string]];
  });
}

/** Whether the form is that of a page that asked. A form that a page sends by itself would go round in circles. */
function isPosted({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.body?.asked === 'yes';
}

/**
 * Asks anew whether to sign out, with what the page was about: its user has since signed out, or in again. The parameters are
 * checked as those of any request are.
 */
function askAgain(ctx: KoaContextWithOIDC): void {
  ctx.status = 303;
  ctx.redirect(
    `${ctx.oidc.urlFor('end_session')}?${new URLSearchParams(signOutRequest(ctx.oidc.body ?? {}))}`,
  );
}

/** Starts over when the session of a form is gone: its page cannot be shown again, nor a new session saved at this point. */
function beginAgain(ctx: KoaContextWithOIDC): void {
  Object.assign(ctx.oidc.session ?? {}, { touched: false });
  ctx.status = 303;
  ctx.redirect(ctx.oidc.urlFor('code_verification'));
}

/** Whether the browser came back to where an interaction goes on, which works once: a browser that goes back does so. */
function isOver(failure: Error): boolean {
  return failure instanceof errors.SessionNotFound;
}

/** Why a user code was not accepted, by the name of the library's error. */
function problemOf(error: Error | undefined): string {
  switch (error?.name) {
    case 'NoCodeError':
      return 'Enter the code that your device shows.';
    case 'NotFoundError':
      return 'This code does not exist. Check your device and try again.';
    case 'ExpiredError':
      return 'This code has expired. Ask your device for a new one.';
    case 'AlreadyUsedError':
      return 'This code has already been used. Ask your device for a new one.';
    case 'TooManyAttempts':
      return 'Too many wrong codes were typed here. Wait a quarter of an hour, then try again.';
    case 'SessionNotFound':
      return 'This step is done already, or it took too long. See whether your device is connected.';
    case 'AbortedError':
      return 'The device was not connected.';
    default:
      return 'That did not work. Try again.';
  }
}

function nameOf(client: Client): string | undefined {
  return client?.clientName ?? client?.clientId;
}

function show(ctx: KoaContextWithOIDC, page: string): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'html';
  ctx.body = page;
}
