/** Replaces the library's pages with ours. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { BROWSER_ROUTES } from './endpoints.ts';

/** Renders the pages, each as a whole HTML document. */
export interface Pages {
  error(error: { error: string; description: string | undefined }): string;
  deviceCode(form: { action: string; xsrf: string; problem: string | undefined }): string;
  deviceConfirm(form: { action: string; xsrf: string; clientName: string; userCode: string }): string;
  deviceConnected(clientName: string): string;
  signOut(form: { action: string; xsrf: string; clientName: string | undefined }): string;
  /** @param stays whether the user chose to stay signed in */
  signedOut(stays: boolean): string;
}

type Client = KoaContextWithOIDC['oidc']['client'];

/** The library's hooks for errors, the device flow (RFC 8628) and logout. */
export function pageHooks(pages: Pages) {
  const renderError: Configuration['renderError'] = (ctx, out) => {
    const { error, error_description } = out;
    if (!BROWSER_ROUTES.has(ctx.oidc.route)) {
      // The library asks for a page whenever a program says that it prefers HTML, as Java's default does.
      ctx.body = out;
    } else if (ctx.accepts('json', 'html') === 'html') {
      show(ctx, pages.error({ error, description: error_description }));
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
          pages.signOut({ ...formOf(ctx, 'end_session_confirm'), clientName: nameOf(ctx.oidc.client) }),
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

/** Starts over when the session of a form is gone: its page cannot be shown again, nor a new session saved at this point. */
function beginAgain(ctx: KoaContextWithOIDC): void {
  Object.assign(ctx.oidc.session ?? {}, { touched: false });
  ctx.status = 303;
  ctx.redirect(ctx.oidc.urlFor('code_verification'));
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
