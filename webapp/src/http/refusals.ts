/** The one mapping of refusals to answers. */
import { Problem } from 'shared/http/problem.ts';
import type { AskedSignIn } from '../core/ask-the-time.ts';
import type { FlowRefusal } from '../core/authorization-code.ts';

/** The challenge for a user's credentials (RFC 7617 §2). */
const challenge = { 'WWW-Authenticate': 'Basic realm="webapp", charset="UTF-8"' };

/** The answer to a refusal. */
export function refusalProblem(refusal: FlowRefusal): Problem {
  switch (refusal.of) {
    case 'user':
      return refusedUser();
    case 'webapp':
      return new Problem(502, `The authorization server refuses this webapp: ${refusal.reason}.`, {
        members: { error: refusal.reason },
      });
    case 'unauthenticated':
      return new Problem(401, refusal.reason, { headers: challenge, members: { by: refusal.by } });
    case 'forbidden':
      return new Problem(403, refusal.reason, { members: { by: refusal.by } });
    case 'sign-in':
      return refusedSignIn(
        'The API asks for another sign-in than a password in a call. Open this call in a browser with ?grant_type=authorization_code.',
        refusal.asked,
      );
    case 'stepped-up-sign-in':
      return refusedSignIn(
        'The API asks for another sign-in than the one that the authorization server has just told it of.',
        refusal.asked,
      );
    case 'browser':
      return new Problem(
        400,
        'No open flow of this browser belongs to this callback. Start again, and keep cookies.',
      );
    case 'response':
      return new Problem(400, 'This is not a valid response of the authorization server. Start again.');
    case 'code':
      return new Problem(400, 'The authorization server refuses the code. Start again.', {
        members: { error: 'invalid_grant' },
      });
    case 'authorization':
      return refusedAuthorization(refusal.error, refusal.description);
  }
}

/** The answer to an Authorization header that does not hold a username and a password. */
export function unreadableUser(authorization: string): Problem {
  const detail = /^basic(?: |$)/i.test(authorization)
    ? 'HTTP Basic must hold, in base64, a username, a colon and a password.'
    : 'Send a username and a password by HTTP Basic (curl -u alice:wonderland), and no token: this webapp gets its tokens itself.';
  return new Problem(401, detail, { headers: challenge });
}

/** The answer to credentials of a user that the authorization server refuses. */
export function refusedUser(): Problem {
  return new Problem(401, 'The username or the password is refused.', { headers: challenge });
}

/** The answer to credentials with control characters. */
export function controlCharacters(): Problem {
  const detail = 'The username and the password must have no control characters, such as line breaks.';
  return new Problem(401, detail, { headers: challenge });
}

/** The answer to a call for which the sign-in is not good enough: 403, since no credentials in the call would help. */
function refusedSignIn(detail: string, { acrValues, maxAge }: AskedSignIn): Problem {
  return new Problem(403, detail, {
    members: {
      by: 'resource-server',
      error: 'insufficient_user_authentication',
      ...(acrValues !== undefined && { acr_values: acrValues }),
      ...(maxAge !== undefined && { max_age: Number(maxAge) }),
    },
  });
}

/** The answer to an error response (RFC 6749 §4.1.2.1). */
function refusedAuthorization(error: string, description: string | undefined): Problem {
  return new Problem(statusOfError(error), `The authorization server refuses authorization: ${error}.`, {
    members: { error, ...(description && { error_description: description }) },
  });
}

function statusOfError(error: string): number {
  switch (error) {
    case 'access_denied':
    case 'unmet_authentication_requirements':
      return 403;
    case 'server_error':
      return 502;
    case 'temporarily_unavailable':
      return 503;
    default:
      return 400;
  }
}
