/** The page that posts itself, and that a person without JavaScript posts. */
import { Html, html } from './html.ts';
import { page } from './layout.ts';

/**
 * @param script what posts it, as HTML
 * @param form the form up to its end, as HTML
 */
export function formPostPage(script: string, form: string): string {
  return page(
    'One more step',
    html`${new Html(form)}<noscript>
<p>Your browser does not go on by itself.</p>
<div class="actions"><button>Continue</button></div>
</noscript>
</form>
${new Html(script)}`,
  );
}
