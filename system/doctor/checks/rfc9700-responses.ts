/** Finds requirements of RFC 9700 that the answers of the authorization endpoint break. */
import {
  type AuthorizationOutcome,
  described,
  leadsTo,
  requestAuthorization,
} from '../authorization-request.ts';
import type { Deployment } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';

/** The advice when no setting of this system can help. */
const NO_SETTING = 'there is no setting for it: have ISSUER lead to the auth server of this system';

/** The headers of a request from a page of another site. */
const FOREIGN = { origin: 'https://doctor.invalid', accept: 'text/html' };

/** The answers to a good request, and to three that are each wrong in one way. */
interface Outcomes {
  usual: AuthorizationOutcome;
  withoutPkce: AuthorizationOutcome;
  elsewhere: AuthorizationOutcome;
  unknownClient: AuthorizationOutcome;
}

const checks: [name: string, reference: string, check: ResponseCheck][] = [
  ['redirect URIs', 'RFC 9700 §2.1', redirectUris],
  ['PKCE of the webapp', 'RFC 9700 §2.1.1', pkceRequired],
  ['CORS', 'RFC 9700 §2.6', cors],
  ['Referer', 'RFC 9700 §4.2.4', referer],
  ['issuer in responses', 'RFC 9700 §4.4.2', issuerInResponse],
  ['redirects', 'RFC 9700 §4.12', redirectStatus],
  ['framing', 'RFC 9700 §4.16', framing],
];
type ResponseCheck = (name: string, reference: string, outcomes: Outcomes, deployment: Deployment) => Finding;

/** Makes the requests and checks their answers. Without a good answer to the good request the others mean nothing. */
export async function brokenByResponses(deployment: Deployment): Promise<Finding[]> {
  const { WEBAPP_REDIRECT_URI } = deployment.settings;
  const [usual, withoutPkce, elsewhere, unknownClient] = await Promise.all([
    requestAuthorization(deployment, {}, FOREIGN),
    requestAuthorization(deployment, { code_challenge: undefined, code_challenge_method: undefined }),
    requestAuthorization(deployment, { redirect_uri: `${WEBAPP_REDIRECT_URI}/elsewhere` }),
    requestAuthorization(deployment, { client_id: '' }, FOREIGN),
  ]);
  if (!leadsTo(usual, WEBAPP_REDIRECT_URI)) {
    const because = `there is no authorization response: ${described(usual)}`;
    return checks.map(([name, reference]) => skip(name, because, reference));
  }
  const outcomes = { usual, withoutPkce, elsewhere, unknownClient };
  return checks.map(([name, reference, check]) => check(name, reference, outcomes, deployment));
}

function redirectUris(name: string, reference: string, { elsewhere }: Outcomes): Finding {
  if (elsewhere.location !== undefined) {
    return fault(name, 'browsers are sent to one that is not registered', NO_SETTING, reference);
  }
  if (hasPage(elsewhere)) return ok(name, 'are compared exactly', reference);
  return skip(
    name,
    `one that is not registered is not answered as it should be: ${described(elsewhere)}`,
    reference,
  );
}

/** RFC 9700 only recommends PKCE for the webapp, which is a confidential client. */
function pkceRequired(name: string, reference: string, { withoutPkce }: Outcomes): Finding {
  if (withoutPkce.error === 'invalid_request') return ok(name, 'is required', reference);
  return warn(name, 'is not required', NO_SETTING, reference);
}

function cors(name: string, reference: string, { usual, unknownClient }: Outcomes): Finding {
  const isOpen = [usual, unknownClient].some((outcome) => headerOf(outcome, 'access-control-allow-origin'));
  if (!isOpen) return ok(name, 'none at the authorization endpoint', reference);
  return openToOthers(name, 'other sites can read answers of the authorization endpoint', reference);
}

function referer(name: string, reference: string, { unknownClient }: Outcomes): Finding {
  if (!hasPage(unknownClient)) return skip(name, NO_PAGE, reference);
  const policy = headerOf(unknownClient, 'referrer-policy');
  if (/no-referrer|same-origin|strict-origin/.test(policy)) {
    return ok(name, 'pages tell no other site their URL', reference);
  }
  return openToOthers(name, 'pages tell other sites their URL', reference);
}

function issuerInResponse(
  name: string,
  reference: string,
  { usual }: Outcomes,
  { settings: { ISSUER }, metadata }: Deployment,
): Finding {
  const iss = usual.location?.searchParams.get('iss');
  const isAdvertised = metadata?.authorization_response_iss_parameter_supported === true;
  if (iss === ISSUER && isAdvertised) return ok(name, 'clients can tell a mix-up', reference);
  const detail = `iss is ${shown(iss)}${isAdvertised ? '' : ', and not advertised'}: clients cannot tell a mix-up`;
  return warn(name, detail, 'set ISSUER of the auth server to the URL that clients know it by', reference);
}

function redirectStatus(name: string, reference: string, { usual }: Outcomes): Finding {
  const status = 'status' in usual.reply ? usual.reply.status : 0;
  if (status !== 307 && status !== 308) return ok(name, `by ${status}`, reference);
  const mend = 'let the proxy in front pass on the answers of the auth server as they are';
  return fault(name, `by ${status}, with which a browser sends a form with a password on`, mend, reference);
}

function framing(name: string, reference: string, { unknownClient }: Outcomes): Finding {
  if (!hasPage(unknownClient)) return skip(name, NO_PAGE, reference);
  const isForbidden =
    /frame-ancestors/.test(headerOf(unknownClient, 'content-security-policy')) ||
    headerOf(unknownClient, 'x-frame-options') !== '';
  if (isForbidden) return ok(name, 'other sites cannot frame the pages', reference);
  return openToOthers(name, 'other sites can frame the pages', reference);
}

const NO_PAGE = 'an unknown client gets no error page that would show it';

/** Whether the user sees an error page instead of a redirect (RFC 6749 §4.1.2.1). */
function hasPage({ reply }: AuthorizationOutcome): boolean {
  return 'status' in reply && reply.status === 400;
}

function headerOf({ reply }: AuthorizationOutcome, header: string): string {
  return 'status' in reply ? (reply.headers.get(header) ?? '') : '';
}

function openToOthers(name: string, detail: string, reference: string): Finding {
  const mend = 'let the proxy in front pass on the headers of the auth server, and add no such header';
  return fault(name, detail, mend, reference);
}
