/** The page that sends an answer to the client in a form (OAuth 2.0 Form Post Response Mode). */
import { Html, html } from './html.ts';
import { page } from './layout.ts';

/**
 * The page as HTML. The script submits the form; without JavaScript the user does.
 *
 * @param script the script element
 * @param form the form element, without its end tag
 */
export function formPostPage(script: string, form: string): string {
  return page(
    'One more step',
    html`${new Html(form)}<noscript>
<p>Your browser cannot continue by itself. Press Continue to go back to the application.</p>
<div class="actions"><button>Continue</button></div>
</noscript>
</form>
${new Html(script)}`,
  );
}
