/**
 * The page that sends a form by itself: an answer to the client (OAuth 2.0 Form Post Response Mode), or the code of a device
 * from its complete address (RFC 8628 §3.3.1).
 */
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
<p>Your browser cannot continue by itself. Press Continue.</p>
<div class="actions"><button>Continue</button></div>
</noscript>
</form>
${new Html(script)}`,
  );
}
