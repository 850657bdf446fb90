/** The pages of RP-initiated logout. */
import { html } from './html.ts';
import { page } from './layout.ts';

export interface SignOut {
  action: string;
  /** The session's anti-forgery token. */
  xsrf: string;
  clientName: string | undefined;
}

/** Asks, because a link alone must not be able to sign anyone out. */
export function signOutPage({ action, xsrf, clientName }: SignOut): string {
  return page(
    'Sign out?',
    html`${clientName !== undefined && html`<p><strong>${clientName}</strong> asks to sign you out.</p>`}
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<div class="actions">
<button name="logout" value="yes">Sign out</button>
<button class="second">Stay signed in</button>
</div>
</form>`,
  );
}

export function signedOutPage(stays: boolean): string {
  if (stays) return page('You are still signed in', html`<p>You can close this page.</p>`);
  return page('Sign-out is done', html`<p>You can close this page.</p>`);
}
