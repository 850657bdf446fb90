/** The page for a request that cannot be completed. */
import { html } from './html.ts';
import { page } from './layout.ts';

/** What went wrong, in the terms that the user can pass on to support. */
export interface PageError {
  /** An OAuth error code (such as those of RFC 6749 §4.1.2.1), or an HTTP status. */
  error: string;
  description: string | undefined;
  requestId: string | undefined;
}

const OURS = 'Something went wrong on our side. Try again in a moment.';

const advice = new Map([
  ['server_error', OURS],
  ['temporarily_unavailable', OURS],
  ['500', OURS],
  ['503', OURS],
  ['404', 'There is no page at this address.'],
  [
    'interaction_expired',
    'The sign-in took too long, or was started in another browser. Go back to the application and start again.',
  ],
  [
    'interaction_of_another',
    'Since this page was opened, you have signed out, or somebody else has signed in. Go back to the application and start again.',
  ],
  [
    'interaction_over',
    'This step is done already, or it took too long. Go on in the application, or start again there.',
  ],
  [
    'invalid_client',
    'The application that sent you here is not registered with this server. Please tell the people who run it.',
  ],
  [
    'invalid_redirect_uri',
    'The application that sent you here wants to send you back to an address that is not registered for it. Please tell the people who run it.',
  ],
]);

/** The page as HTML, with advice that fits the error. */
export function errorPage({ error, description, requestId }: PageError): string {
  return page(
    'This did not work',
    html`<p>${advice.get(error) ?? 'This request cannot be completed. Go back to the application and start again.'}</p>
<p class="quiet">${description !== undefined && html`${description}<br>`}Error: ${error}${requestId !== undefined && html`<br>Request: ${requestId}`}</p>`,
  );
}
