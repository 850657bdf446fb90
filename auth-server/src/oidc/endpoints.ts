/** The endpoints: where they are, which methods they answer, what is sent to them, and who comes: programs or browsers. */

/** The paths of the endpoints. */
export const ROUTES = {
  authorization: '/authorize',
  code_verification: '/device',
  device_authorization: '/device_authorization',
  end_session: '/logout',
  introspection: '/introspect',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  registration: '/register',
  revocation: '/revoke',
  token: '/token',
  userinfo: '/userinfo',
} as const;

/** What is known of an endpoint. */
export interface Endpoint {
  /** Who comes: a program, which reads JSON whatever it accepts, or the browser of a person. */
  caller: 'program' | 'browser';
  methods: readonly string[];
  /** The media type of what is sent to it; undefined where nothing is. */
  takes: string | undefined;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

const READ = ['GET', 'HEAD'];
const POST = ['POST'];
const READ_AND_POST = [...READ, ...POST];

/** The media types of what is sent to the library's routes that programs call. */
export const TAKEN_AT: Readonly<Record<string, string>> = {
  token: FORM,
  introspection: FORM,
  revocation: FORM,
  device_authorization: FORM,
  pushed_authorization_request: FORM,
  userinfo: FORM,
  registration: JSON_TYPE,
  client_update: JSON_TYPE,
};

/** The library's routes that browsers come to. All others are for programs. */
export const BROWSER_ROUTES: ReadonlySet<string> = new Set([
  'authorization',
  'resume',
  'code_verification',
  'device_resume',
  'end_session',
  'end_session_confirm',
  'end_session_success',
]);

/** The endpoints by their paths, in which `*` stands for one segment. */
const ENDPOINTS: Record<string, Endpoint> = {
  '/.well-known/openid-configuration': forPrograms(READ),
  '/.well-known/oauth-authorization-server': forPrograms(READ),
  [ROUTES.jwks]: forPrograms(READ),
  [ROUTES.token]: forPrograms(POST, FORM),
  [ROUTES.introspection]: forPrograms(POST, FORM),
  [ROUTES.revocation]: forPrograms(POST, FORM),
  [ROUTES.device_authorization]: forPrograms(POST, FORM),
  [ROUTES.pushed_authorization_request]: forPrograms(POST, FORM),
  [ROUTES.userinfo]: forPrograms(READ_AND_POST, FORM),
  [ROUTES.registration]: forPrograms(POST, JSON_TYPE),
  [`${ROUTES.registration}/*`]: forPrograms([...READ, 'PUT', 'DELETE'], JSON_TYPE),
  [ROUTES.authorization]: forBrowsers(READ_AND_POST, FORM),
  [`${ROUTES.authorization}/*`]: forBrowsers(READ),
  [ROUTES.code_verification]: forBrowsers(READ_AND_POST, FORM),
  [`${ROUTES.code_verification}/*`]: forBrowsers(READ),
  [ROUTES.end_session]: forBrowsers(READ_AND_POST, FORM),
  [`${ROUTES.end_session}/confirm`]: forBrowsers(POST, FORM),
  [`${ROUTES.end_session}/success`]: forBrowsers(READ),
};

/**
 * Finds the endpoint at a path; undefined when there is none. Like the library's router it takes a path in any case, and with
 * a slash at its end.
 *
 * @param registration whether clients may register themselves
 */
export function endpointFinder(registration: boolean): (path: string) => Endpoint | undefined {
  const known = Object.entries(ENDPOINTS)
    .filter(([path]) => registration || !path.startsWith(ROUTES.registration))
    .map(([path, endpoint]) => ({ pattern: patternOf(path), endpoint }));
  return (path) => known.find(({ pattern }) => pattern.test(path))?.endpoint;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}/?$`, 'i');
}

function forPrograms(methods: string[], takes?: string): Endpoint {
  return { caller: 'program', methods, takes };
}

function forBrowsers(methods: string[], takes?: string): Endpoint {
  return { caller: 'browser', methods, takes };
}
