/** The page on which a user decides what a client may do. */
import { html } from './html.ts';
import { page } from './layout.ts';

/** What the page shows, and where its form leads. */
export interface Consent {
  /** The URL that the form is posted to, without the last part of the path. */
  action: string;
  clientName: string;
  username: string;
  /** What the client asks for, in plain words. */
  permissions: string[];
  /** The host of the client, where the user is sent next. */
  destination: string | undefined;
}

/** The page as HTML. */
export function consentPage({ action, clientName, username, permissions, destination }: Consent): string {
  return page(
    `Allow ${clientName}?`,
    html`<p><strong>${clientName}</strong> asks to:</p>
<ul>${permissions.map((permission) => html`<li>${permission}</li>`)}</ul>
<p class="quiet">You are signed in as <strong>${username}</strong>.${destination !== undefined && html` You will then be sent to <strong>${destination}</strong>.`}</p>
<form method="post" action="${action}/consent">
<div class="actions">
<button name="decision" value="accept">Allow</button>
<button class="second" name="decision" value="decline">Do not allow</button>
</div>
</form>`,
  );
}
