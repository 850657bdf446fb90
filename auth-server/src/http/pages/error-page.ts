/** The page of a request that cannot go on. */
import { html } from './html.ts';
import { page } from './layout.ts';

export interface PageError {
  /** The error code (RFC 6749 §4.1.2.1 and others), for whoever supports the user. */
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
    'The sign-in took too long, or was begun in another browser. Go back to the application and start again.',
  ],
  ['invalid_client', 'The application that sent you here is not known. Go back to it and tell its makers.'],
  [
    'invalid_redirect_uri',
    'The application that sent you here asked for an answer at an address that is not its own.',
  ],
]);

export function errorPage({ error, description, requestId }: PageError): string {
  return page(
    'This did not work',
    html`<p>${advice.get(error) ?? 'The request cannot go on. Go back to the application and start again.'}</p>
<p class="quiet">${description !== undefined && html`${description}<br>`}Error: ${error}${requestId !== undefined && html`<br>Request: ${requestId}`}</p>`,
  );
}
