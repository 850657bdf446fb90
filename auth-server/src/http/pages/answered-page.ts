/** The page in place of one that its user has answered before, and has come back to. */
import { html } from './html.ts';
import { page } from './layout.ts';

/** The page as HTML. */
export function answeredPage(): string {
  return page(
    'This step is done',
    html`<p>You have answered this page already, and nothing more was done now. Go on in the application, or start again there.</p>`,
  );
}
