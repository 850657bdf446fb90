/** The page on which a user who is signed in chooses the account to go on with. */
import { html } from './html.ts';
import { page } from './layout.ts';

/** What the page shows, and where its form leads. */
export interface AccountChoice {
  /** The URL that the form is posted to, without the last part of the path. */
  action: string;
  clientName: string;
  /** The name of the user who is signed in. */
  username: string;
}

/** The page as HTML. */
export function accountPage({ action, clientName, username }: AccountChoice): string {
  return page(
    'Choose an account',
    html`<p>to continue to <strong>${clientName}</strong></p>
<p class="quiet">You are signed in as <strong>${username}</strong>.</p>
<form method="post" action="${action}/account">
<div class="actions">
<button name="account" value="same">Continue as ${username}</button>
<button class="second" name="account" value="other">Use another account</button>
</div>
</form>`,
  );
}
