/** The page between a form of ours and an address that the form must not be redirected to. */
import { html } from './html.ts';
import { page } from './layout.ts';

/**
 * The page as HTML. The browser goes on by itself, by the `Refresh` header; the link is for browsers that do not.
 *
 * @param url where it leads
 */
export function onwardPage(url: string): string {
  return page(
    'One moment',
    html`<p>You are being sent on. If nothing happens, press Continue.</p>
<div class="actions"><a href="${url}">Continue</a></div>`,
  );
}
