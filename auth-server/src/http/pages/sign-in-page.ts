/** The page on which a user signs in. */
import { html } from './html.ts';
import { page } from './layout.ts';

/** What the page shows, and where its forms lead. */
export interface SignInForm {
  /** The URL that the forms are posted to, without the last part of the path. */
  action: string;
  clientName: string;
  /** The username to fill in. */
  username: string | undefined;
  /** Whether the last attempt was refused. */
  refused: boolean;
}

/** The page as HTML. */
export function signInPage({ action, clientName, username, refused }: SignInForm): string {
  return page(
    'Sign in',
    html`<p>to continue to <strong>${clientName}</strong></p>
${refused && html`<p class="bad" id="problem" role="alert">The username or password is incorrect. Try again.</p>`}
<form method="post" action="${action}/sign-in">
<label for="username">Username</label>
<input id="username" name="username" value="${username ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required${username === undefined && html` autofocus`}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${refused && html` aria-describedby="problem"`}${username !== undefined && html` autofocus`}>
<div class="actions"><button>Sign in</button><button class="second" form="cancel">Cancel</button></div>
</form>
<form id="cancel" method="post" action="${action}/cancel"></form>`,
  );
}
