/** The pages on which a user connects a device by its code (RFC 8628 §3.3). */
import { html } from './html.ts';
import { page } from './layout.ts';

interface DeviceForm {
  /** The URL that the form is posted to. */
  action: string;
  /** The session's anti-forgery token. */
  xsrf: string;
}

/** Asks for the code; `problem` says why the last one was not accepted. */
export function deviceCodePage({
  action,
  xsrf,
  problem,
}: DeviceForm & { problem: string | undefined }): string {
  return page(
    'Connect a device',
    html`${problem !== undefined && html`<p class="bad" id="problem" role="alert">${problem}</p>`}
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<label for="user_code">Code shown on your device</label>
<input id="user_code" name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" required autofocus${problem !== undefined && html` aria-invalid="true" aria-describedby="problem"`}>
<div class="actions"><button>Continue</button></div>
</form>`,
  );
}

interface DeviceConfirmation extends DeviceForm {
  clientName: string;
  /** The code as the device shows it. */
  userCode: string;
}

/** Lets the user compare the code before the device is connected (RFC 8628 §5.4). */
export function deviceConfirmPage({ action, xsrf, clientName, userCode }: DeviceConfirmation): string {
  return page(
    'Is this your device?',
    html`<p><strong>${clientName}</strong> wants to connect to your account. Continue only if your device shows this code:</p>
<p class="code">${userCode}</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="user_code" value="${userCode}">
<input type="hidden" name="confirm" value="yes">
<div class="actions">
<button>Yes, it shows this code</button>
<button class="second" name="abort" value="yes">No, it does not</button>
</div>
</form>`,
  );
}

/** Tells the user that the device is connected. */
export function deviceConnectedPage(clientName: string): string {
  return page(
    'Your device is connected',
    html`<p>You can close this page and continue with <strong>${clientName}</strong> on your device.</p>`,
  );
}
