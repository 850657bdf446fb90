/** Records who signs in with a password, and who fails to. */
import type { AuditEntry } from '../audit/audit-log.ts';
import type { SignInResult } from './sign-in.ts';

/** Signs in from an address, where it is known. */
type SignInFrom = (username: string, password: string, address?: string) => Promise<SignInResult>;

/** What is known of the request that somebody signs in with. */
export interface SignInRequest {
  requestId?: string | undefined;
  /** The client that they sign in to. */
  client?: string | undefined;
}

/**
 * The same, recorded. Nobody is signed in whose record was not taken. Of who fails, the name is recorded as it was
 * typed: it is what tells an attack on one user from one on many.
 */
export function auditedSignIn(
  signIn: SignInFrom,
  record: (entry: AuditEntry) => Promise<void>,
  request: () => SignInRequest,
): SignInFrom {
  return async function signInAudited(username, password, address) {
    const result = await signIn(username, password, address);
    const { requestId, client } = request();
    const origin = { address, requestId };
    if (result.ok) {
      const user = result.value.sub;
      await record({ action: 'signed_in', actor: { user, client }, subject: `user:${user}`, ...origin });
    } else {
      const details = { username };
      await record({ action: 'sign_in_failed', actor: { client }, subject: undefined, details, ...origin });
    }
    return result;
  };
}
