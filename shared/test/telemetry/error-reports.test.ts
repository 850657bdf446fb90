/** Reports of unexpected errors, as they reach a server that plays Sentry, and what is masked in them. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import got from 'got';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorReports } from '../../src/telemetry/error-reports/error-reports.ts';
import type { ErrorReports } from '../../src/telemetry/error-reports/report.ts';
import { scrub } from '../../src/telemetry/error-reports/scrub.ts';
import { type RequestFacts, withRequestContext } from '../../src/telemetry/request-context.ts';
import { passingTracer } from '../../src/telemetry/tracing/tracer.ts';
import { freePort } from '../serve.ts';
import { type Answer, type ReceivedRequest, startUpstream } from '../upstream.ts';

afterEach(() => vi.restoreAllMocks());

/** A token of the auth server: 256 random bits. */
const TOKEN = 'kq3vT0pXz_9sLr-Vw2mYc7BhJ5uN8dEaG1fR4tKxQoI';

describe('a report', () => {
  test('says what was thrown and where, in which service and environment, and nothing else', async () => {
    const sentry = await startSentry();
    const reports = await reportsTo(sentry.dsn);
    reports.report(caughtFrom(failing));
    await reports.flushed();

    expect(sentry.received).toMatchObject([{ method: 'POST' }]);
    expect(sentry.received[0]?.url).toMatch(/^\/api\/1\/envelope\/\?.*\bsentry_key=key\b/);
    const [event] = sentry.events();
    expect(event).toMatchObject({
      level: 'error',
      platform: 'node',
      environment: 'stage',
      tags: { service: 'webapp' },
      exception: { values: [{ type: 'TypeError', value: 'the failure' }] },
    });
    expect(framesOf(event).at(-1)).toEqual({
      filename: 'shared/test/telemetry/error-reports.test.ts',
      function: 'failing',
      lineno: expect.any(Number),
      colno: expect.any(Number),
      in_app: true,
    });
    expect(Object.keys(event?.tags ?? {})).toEqual(['service']);
    expect(Object.keys(event?.contexts ?? {}).sort()).toEqual(['runtime', 'trace']);
    expect(Object.keys(event ?? {}).sort()).toEqual([
      'contexts',
      'environment',
      'event_id',
      'exception',
      'level',
      'platform',
      'sdk',
      'tags',
      'timestamp',
    ]);
  });

  test('has the causes of the error, the first of them first', async () => {
    const root = new RangeError('the root');
    const error = new Error('the failure', { cause: new TypeError('the cause', { cause: root }) });
    const { event } = await sent(error);
    expect(event.exception.values).toMatchObject([
      { type: 'RangeError', value: 'the root', mechanism: { source: 'cause', parent_id: 1 } },
      { type: 'TypeError', value: 'the cause', mechanism: { source: 'cause', parent_id: 0 } },
      { type: 'Error', value: 'the failure' },
    ]);
  });

  test('names files by their place in the project and parts of Node by their names', async () => {
    const { event } = await sent(caughtFrom(() => new URL('no URL')));
    const files = framesOf(event).map(({ filename }) => filename);
    expect(files).toContain('shared/test/telemetry/error-reports.test.ts');
    expect(files).toContain('node:internal/url');
    expect(files.filter((file) => file.startsWith('/'))).toEqual([]);
  });

  test('takes nothing in a message for a place', async () => {
    const { event } = await sent(new Error('it failed\nlooking at https://host/path'));
    expect(framesOf(event).at(-1)?.filename).toBe('shared/test/telemetry/error-reports.test.ts');
  });

  test('cuts a chain of causes that never ends', async () => {
    const error = new Error('its own cause');
    error.cause = error;
    const { event } = await sent(error);
    expect(event.exception.values).toHaveLength(6);
  });

  test('names the request and the client, but not the user', async () => {
    const sentry = await startSentry();
    const reports = await reportsTo(sentry.dsn);
    // Long and random, as the id of a registered client may be: it opens nothing.
    const clientId = 'Hq7rT2vXz9sLrVw2mYc7BhJ5u';
    const { requestId } = inRequest({ clientId, user: 'alice-liddell' }, () =>
      reports.report(new Error('the failure')),
    );
    await reports.flushed();

    const [event] = sentry.events();
    expect(event?.tags).toEqual({ service: 'webapp', request_id: requestId, client_id: clientId });
    expect(event?.contexts.trace?.trace_id).toBe(requestId);
    expect(sentry.received[0]?.body).not.toContain('alice');
  });

  test('has nothing that an error of an HTTP client carries', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const error: unknown = await got(url, {
      method: 'POST',
      headers: { authorization: 'Bearer short', 'x-other': 'a-header' },
      form: { password: 'a-field' },
      retry: { limit: 0 },
    }).catch((caught: unknown) => caught);
    const { event, body } = await sent(error);
    expect(event.exception.values.at(-1)).toMatchObject({ type: 'RequestError' });
    expect(body).not.toMatch(/short|a-header|a-field/);
  });

  test.each([
    ['a text', `no such grant: ${TOKEN}`, 'no such grant: ***'],
    ['nothing', undefined, 'undefined'],
    ['an object', { message: 'refused', detail: 'hidden', nested: { detail: 'hidden' } }, 'refused'],
    ['an object without a message', { detail: 'hidden' }, 'Object captured as exception with keys: detail'],
  ])('tells of %s that was thrown', async (_, thrown, value) => {
    const { event, body } = await sent(thrown);
    expect(event.exception.values).toMatchObject([{ value }]);
    expect(body).not.toMatch(new RegExp(`hidden|${TOKEN}`));
  });

  test.each([
    ['its message', () => new Error(`cannot use ${TOKEN}`)],
    ['its cause', () => new Error('the failure', { cause: new Error(`cannot use ${TOKEN}`) })],
    ['one of several errors', () => new AggregateError([new Error(`cannot use ${TOKEN}`)], 'all failed')],
    ['its name', () => Object.assign(new Error('the failure'), { name: TOKEN })],
    ['the name of a function', () => caughtFrom({ [TOKEN]: () => failing() }[TOKEN] as () => never)],
    ['a message of several lines', () => new Error(`it failed\nlooking at https://u:p@host/?code=${TOKEN}`)],
    ['a message with a stack', () => new Error(`it failed\n    at ${TOKEN} (/opt/${TOKEN}.js:1:1)`)],
  ])('has no token that is in %s', async (_, thrown) => {
    const error = thrown();
    expect(`${error.stack}${error.cause}${(error as AggregateError).errors}`).toContain(TOKEN);
    const { body } = await sent(error);
    expect(body).toContain('***');
    expect(body).not.toContain(TOKEN.slice(0, 10));
  });
});

describe('reporting', () => {
  test.each([
    ['loaded', 'with a DSN', 'http://key@127.0.0.1:1/1'],
    ['not loaded', 'without one', undefined],
  ])('has the SDK %s %s', async (outcome, _, dsn) => {
    const script = `
      import { registerHooks } from 'node:module';
      let outcome = 'not loaded';
      registerHooks({ resolve(specifier, context, next) {
        if (specifier.startsWith('@sentry/')) outcome = 'loaded';
        return next(specifier, context);
      } });
      const { errorReports } = await import(${JSON.stringify(new URL('../../src/telemetry/error-reports/error-reports.ts', import.meta.url))});
      const options = { service: 'webapp', environment: 'stage', ...${JSON.stringify({ dsn })} };
      const reports = await errorReports(options);
      reports.report(new Error('the failure'));
      await reports.flushed();
      console.log(outcome);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout).toBe(`${outcome}\n`);
  });

  test('takes over nothing of the process', async () => {
    const events = ['uncaughtException', 'unhandledRejection', 'uncaughtExceptionMonitor', 'beforeExit'];
    const takenOver = () => [
      ...events.map((event) => process.listenerCount(event)),
      globalThis.fetch,
      console.error,
    ];
    const before = takenOver();
    await sent(new Error('the failure'));
    expect(takenOver()).toEqual(before);
  });

  test('does not fail for an error that cannot be read', async () => {
    const reports = await reportsTo((await startSentry()).dsn);
    const error = Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('unreadable');
      },
    });
    expect(() => reports.report(error)).not.toThrow();
  });

  test('sends at most 20 in a minute, and then says how many it left out', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
    const sentry = await startSentry();
    const reports = await reportsTo(sentry.dsn);
    const storm = () => {
      for (let count = 0; count < 500; count += 1) reports.report(new Error(`failure ${count}`));
    };
    storm();
    now.mockReturnValue(60_999);
    storm();
    await reports.flushed();
    expect(sentry.events()).toHaveLength(20);

    now.mockReturnValue(61_000);
    reports.report(new Error('the next minute'));
    reports.report(new Error('and one more'));
    await reports.flushed();
    const later = sentry.events().slice(20);
    expect(later.map(({ tags }) => tags)).toEqual([
      { service: 'webapp', left_out_before: 980 },
      { service: 'webapp' },
    ]);
  });

  test.each([
    [503, { 'retry-after': '60' }],
    [200, { 'x-sentry-rate-limits': '60:error:key' }],
  ])('stops for as long as Sentry asks with %s and %o', async (status, headers) => {
    const sentry = await startSentry((_, res) => res.writeHead(status, headers).end());
    const reports = await reportsTo(sentry.dsn);
    reports.report(new Error('first'));
    await reports.flushed();
    reports.report(new Error('second'));
    await reports.flushed();
    expect(sentry.received).toHaveLength(1);
  });

  test.each<[string, Answer]>([
    ['fails', (_, res) => res.writeHead(500).end()],
    ['closes without an answer', (_, res) => res.destroy()],
    ['redirects', (_, res) => res.writeHead(307, { location: '/elsewhere' }).end()],
  ])('goes on after Sentry %s', async (_, answer) => {
    const sentry = await startSentry((request, res) =>
      sentry.received.length === 1 ? answer(request, res) : res.end('{}'),
    );
    const reports = await reportsTo(sentry.dsn);
    reports.report(new Error('first'));
    await reports.flushed();
    reports.report(new Error('second'));
    await reports.flushed();
    expect(sentry.events().map(({ exception }) => exception.values[0]?.value)).toEqual(['first', 'second']);
  });

  test('holds nobody when Sentry cannot be reached', async () => {
    const reports = await reportsTo(`http://key@127.0.0.1:${await freePort()}/1`);
    const started = performance.now();
    reports.report(new Error('the failure'));
    await reports.flushed();
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('holds nobody when Sentry does not answer, and gives up after 2 seconds', async () => {
    const closed: Promise<unknown>[] = [];
    const sentry = await startSentry((_, res) => void closed.push(once(res, 'close')));
    const reports = await reportsTo(sentry.dsn);
    const started = performance.now();
    reports.report(new Error('first'));
    reports.report(new Error('second'));
    expect(performance.now() - started).toBeLessThan(500);
    await reports.flushed();
    expect(performance.now() - started).toBeLessThan(2_500);
    expect(sentry.received).toHaveLength(2);
    await Promise.all(closed);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('of a text', () => {
  const JWT = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.c2ln';
  const { privateKey } = generateKeyPairSync('ed25519');

  test.each([
    ['an opaque token', `no grant for ${TOKEN}.`, 'no grant for ***.'],
    ['hexadecimal digits', 'session 0123456789abcdef0123456789abcdef', 'session ***'],
    ['standard Base64', 'secret of app is rO/Vp1Ly+uJEQjIF/PwPuCES==', 'secret of app is ***'],
    ['a passphrase', 'key correct-horse-battery-staple', 'key ***'],
    ['a token of letters', 'no grant for AbCdEfGhIjKlMnOpQrSt', 'no grant for ***'],
    ['a token that has a beginning of a JWT in it', 'no grant for Thq9G8vL9m7A-eyJnJcX', 'no grant for ***'],
    ['a JWT', `signature of ${JWT} is wrong`, 'signature of *** is wrong'],
    ['a JWT that is cut off', 'cannot decode eyJhbGciOi', 'cannot decode ***'],
    [
      'the query of a URL',
      `http://api:5002/x?access_token=abc&b=1`,
      'http://api:5002/x?access_token=***&b=1',
    ],
    ['a code in a query', 'GET /callback?code=abc&state=1', 'GET /callback?code=***&state=1'],
    ['a code within a parameter', 'uri=/cb%3Fcode%3Dabc', 'uri=/cb%3Fcode%3D***'],
    ['a token within a parameter', 'uri=/cb%3Ftoken%3Dabc', 'uri=/cb%3Ftoken%3D***'],
    [
      'a form',
      'grant_type=password&username=bob&password=a%26b&client_secret=x',
      'grant_type=password&username=***&password=***&client_secret=***',
    ],
    ['JSON', '{"refresh_token":"a\\"b","scope":"x"}', '{"refresh_token":***,"scope":"x"}'],
    ['JSON in JSON', '"{\\"password\\":\\"abc\\",\\"x\\":1}"', '"{\\"password\\":***,\\"x\\":1}"'],
    ['an object as Node shows it', "{ clientSecret: 'abc', id: 1 }", '{ clientSecret: ***, id: 1 }'],
    ['a map as Node shows it', "{ 'password' => 'abc' }", "{ 'password' => *** }"],
    ['a header', 'Authorization: Custom abc, def\r\nHost: api', 'Authorization: ***\r\nHost: api'],
    ['a header as Node shows it', "{ authorization: 'Basic YTpi', a: 1 }", '{ authorization: ***, a: 1 }'],
    ['cookies', 'set-cookie: a=1; Path=/; b="2"\nx', 'set-cookie: ***\nx'],
    ['Bearer credentials', 'sent Bearer abc', 'sent Bearer ***'],
    ['a DPoP-bound token', 'sent DPoP abc', 'sent DPoP ***'],
    ['Basic credentials', 'sent Basic YTpi to it', 'sent Basic *** to it'],
    ['the password of a URL', 'cannot GET http://u:p@api/x', 'cannot GET http://***@api/x'],
    ['the key of a DSN', 'no answer from https://abc@sentry.io/1', 'no answer from https://***@sentry.io/1'],
    ['the password of PostgreSQL', 'postgres://app:a/b@c@db:5432/x', 'postgres://***@db:5432/x'],
    ['what PostgreSQL is given', 'host=db password=abc user=app', 'host=db password=*** user=app'],
    // RFC 8037, appendix A.1.
    [
      'a private JWK',
      '{"crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
      '{"crv":"Ed25519","d":***,"x":"***"}',
    ],
    ['a short symmetric JWK', '{"kty":"oct","k":"abc"}', '{"kty":"oct","k":***}'],
    ['a private key in PEM', `bad ${privateKey.export({ format: 'pem', type: 'pkcs8' })}`, 'bad ***\n'],
    ['a private key that is cut off', 'bad -----BEGIN RSA PRIVATE KEY-----\nMIIE', 'bad ***'],
    [
      'text that is not JSON',
      thrownBy(() => JSON.parse('{"scope":"x","password":abcdef,"y":1234567890}')),
      "Unexpected token 'a', *** is not valid JSON",
    ],
    [
      'an argument that Node refuses',
      thrownBy(() => Buffer.alloc('abc' as never)),
      'The "size" argument must be of type number. Received type string (***)',
    ],
  ])('nothing is left of %s', (_, text, masked) => {
    expect(scrub(text)).toBe(masked);
  });

  test.each([
    'client_secret',
    'accessToken',
    'password',
    'passwd',
    'pwd',
    'passphrase',
    'credential',
    'credentials',
    'client_assertion',
    'code_verifier',
    'device_code',
    'userCode',
    'api-key',
    'username',
    'login_hint',
    'id_token_hint',
  ])('the value of %s is masked', (name) => {
    expect(scrub(`${name}=abc&scope=x`)).toBe(`${name}=***&scope=x`);
  });

  test.each([
    'connect ECONNREFUSED 127.0.0.1:5001',
    'auth-server answered 500',
    "ENOENT: no such file or directory, open '/etc/keys.json'",
    "Cannot read properties of undefined (reading 'clientId')",
    'getaddrinfo ENOTFOUND auth-server',
    'code: ERR_SOCKET_CONNECTION_TIMEOUT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'unsupported_grant_type in token_endpoint_auth_method',
    'processTicksAndRejections',
    'Bearer token expected',
    'GET http://localhost:5002/current_time at 2026-11-22T06:11:11.703Z',
    'duplicate key value violates unique constraint "grants_pkey"',
  ])('this stays: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });

  test('every random token is masked', () => {
    for (let count = 0; count < 1_000; count += 1) {
      expect(scrub(`of ${randomBytes(32).toString('base64url')} nothing is known`)).toBe(
        'of *** nothing is known',
      );
    }
  });

  test('the first 1,000 characters are shown', () => {
    expect(scrub('long '.repeat(1_000))).toBe(`${'long '.repeat(200)}…`);
    expect(scrub('long '.repeat(200))).toBe('long '.repeat(200));
  });

  test('nothing is left of a token that is cut in two', () => {
    const words = `${'a1'.repeat(500)} `.repeat(30);
    for (let before = 19_940; before < 20_010; before += 1) {
      expect(scrub(`${words.slice(0, before)} ${TOKEN}`)).not.toContain(TOKEN.slice(0, 5));
    }
    expect(scrub(TOKEN.repeat(1_000))).toBe('');
    expect(scrub(`${'word '.repeat(199)}${TOKEN}`)).toBe(`${'word '.repeat(199)}***`);
  });
});

interface SentEvent {
  tags: Record<string, unknown>;
  contexts: Record<string, Record<string, unknown>>;
  exception: { values: { value: string; stacktrace?: { frames: { filename: string }[] } }[] };
}

/** Plays Sentry until the test is finished. */
async function startSentry(answer: Answer = (_, res) => res.end('{}')) {
  const { base, received } = await startUpstream(answer);
  return { dsn: base.replace('//', '//key@').concat('/1'), received, events: () => received.map(eventIn) };
}

/** The one event in an envelope: a line for the envelope, one for the item, and the item. */
function eventIn({ body }: ReceivedRequest): SentEvent {
  const lines = body.split('\n').map((line) => JSON.parse(line) as unknown);
  expect(lines).toHaveLength(3);
  expect(lines[1]).toEqual({ type: 'event' });
  return lines[2] as SentEvent;
}

function reportsTo(dsn: string): Promise<ErrorReports> {
  return errorReports({ service: 'webapp', dsn, environment: 'stage' });
}

/** What Sentry gets of an error. */
async function sent(error: unknown): Promise<{ event: SentEvent; body: string }> {
  const sentry = await startSentry();
  const reports = await reportsTo(sentry.dsn);
  reports.report(error);
  await reports.flushed();
  expect(sentry.received).toHaveLength(1);
  const [{ body }] = sentry.received as [ReceivedRequest];
  return { event: sentry.events()[0] as SentEvent, body };
}

function framesOf(event: SentEvent | undefined): { filename: string }[] {
  return event?.exception.values[0]?.stacktrace?.frames ?? [];
}

function inRequest(known: Omit<RequestFacts, 'requestId'>, work: () => void): RequestFacts {
  const span = passingTracer.begin({ method: 'GET', traceparent: '', tracestate: '' });
  const facts = { requestId: span.traceId, ...known };
  withRequestContext({ facts, span, deadline: Number.POSITIVE_INFINITY }, work);
  return facts;
}

function failing(): never {
  throw new TypeError('the failure');
}

function caughtFrom(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

function thrownBy(work: () => unknown): string {
  return caughtFrom(work).message;
}
