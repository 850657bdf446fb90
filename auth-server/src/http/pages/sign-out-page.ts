/** The pages of RP-initiated logout. */
import { html } from './html.ts';
import { page } from './layout.ts';

/** What the page shows, and where its form leads. */
export interface SignOut {
  /** The URL that the form is posted to. */
  action: string;
  /** The session's anti-forgery token. */
  xsrf: string;
  /** The client that sent the user here, if one did. */
  clientName: string | undefined;
  /** The parameters of the request for this page. */
  request: [name: string, value: string][];
}

/** Asks the user, because a link alone must not be able to sign anyone out. */
export function signOutPage({ action, xsrf, clientName, request }: SignOut): string {
  return page(
    'Sign out?',
    html`${clientName !== undefined && html`<p><strong>${clientName}</strong> asks to sign you out.</p>`}
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="asked" value="yes">
${request.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<div class="actions">
<button name="logout" value="yes">Sign out</button>
<button class="second">Stay signed in</button>
</div>
</form>`,
  );
}

/** @param stays whether the user chose to stay signed in */
export function signedOutPage(stays: boolean): string {
  if (stays) return page('You are still signed in', html`<p>You can close this page.</p>`);
  return page('You are signed out', html`<p>You can close this page.</p>`);
}
