/** The pages that the library shows by itself, each a whole HTML document. */
import { requestId } from 'shared/request-context.ts';
import { deviceCodePage, deviceConfirmPage, deviceConnectedPage } from './device.ts';
import { errorPage } from './error.ts';
import { signedOutPage, signOutPage } from './sign-out.ts';

export const pages = {
  error: ({ error, description }: { error: string; description: string | undefined }) =>
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
