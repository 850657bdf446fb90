/** The pages that the library or the error handling shows, each a whole HTML document. */
import { requestId } from 'shared/telemetry/request-context.ts';
import { deviceCodePage, deviceConfirmPage, deviceConnectedPage } from './device-page.ts';
import { errorPage } from './error-page.ts';
import { signedOutPage, signOutPage } from './sign-out-page.ts';

/** Renders each page. `error` takes an error code of OAuth, `problem` an HTTP status. */
export const pages = {
  error: ({ error, description }: { error: string; description?: string | undefined }) =>
    errorPage({ error, description, requestId: requestId() }),
  problem: ({ status, message }: { status: number; message: string }) =>
    errorPage({
      error: String(status),
      description: message || undefined,
      requestId: requestId(),
    }),
  deviceCode: deviceCodePage,
  deviceConfirm: deviceConfirmPage,
  deviceConnected: deviceConnectedPage,
  signOut: signOutPage,
  signedOut: signedOutPage,
};
