/** Reports of unexpected errors, as a fake Sentry receives them: they say where an error was, and quote nothing. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { inspect, promisify } from 'node:util';
import got from 'got';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorReports } from '../../src/telemetry/error-reports/error-reports.ts';
import type { ErrorReports } from '../../src/telemetry/error-reports/report.ts';
import { type RequestFacts, withRequestContext } from '../../src/telemetry/request-context.ts';
import { passingTracer } from '../../src/telemetry/tracing/tracer.ts';
import { freePort } from '../serve.ts';
import { type Answer, type ReceivedRequest, startUpstream } from '../upstream.ts';

afterEach(() => vi.restoreAllMocks());

/** A token of the auth server: 256 random bits. */
const TOKEN = 'kq3vT0pXz_9sLr-Vw2mYc7BhJ5uN8dEaG1fR4tKxQoI';

describe('a report', () => {
  test('has the class of the error, where it was thrown, the service and the environment, and nothing else', async () => {
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
      exception: { values: [{ type: 'TypeError', stacktrace: { frames: expect.any(Array) } }] },
    });
    expect(Object.keys(event?.exception.values[0] ?? {}).sort()).toEqual(['stacktrace', 'type']);
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

  test('has the causes of the error, the root cause first', async () => {
    const root = new RangeError('the root');
    const error = new Error('the failure', { cause: new TypeError('the cause', { cause: root }) });
    const { event } = await sent(error);
    expect(event.exception.values.map(({ type }) => type)).toEqual(['RangeError', 'TypeError', 'Error']);
  });

  test.each([
    ['ECONNREFUSED', 'ECONNREFUSED'],
    ['ERR_INVALID_URL', 'ERR_INVALID_URL'],
    ['23505', '23505'],
    ['access_denied for alice', undefined],
    [TOKEN, undefined],
    [42, undefined],
  ])('of an error with the code %s has the code %s', async (code, value) => {
    const { event } = await sent(Object.assign(new Error('the failure'), { code }));
    expect(event.exception.values[0]?.value).toBe(value);
  });

  test('names files relative to the project, and modules of Node by their names', async () => {
    const { event } = await sent(caughtFrom(() => new URL('no URL')));
    const files = framesOf(event).map(({ filename }) => filename);
    expect(files).toContain('shared/test/telemetry/error-reports.test.ts');
    expect(files).toContain('node:internal/url');
    expect(files.filter((file) => file.startsWith('/'))).toEqual([]);
  });

  test('does not take lines of a message for stack frames', async () => {
    const { event } = await sent(new Error('it failed\nlooking at https://host/path'));
    expect(framesOf(event).at(-1)?.filename).toBe('shared/test/telemetry/error-reports.test.ts');
  });

  test('has no stack frames when the message was changed after the stack was made', async () => {
    const error = new Error('it failed\n    at Host.name (https://host/path:1:1)');
    // Reading the stack for the first time fixes the message in it.
    expect(error.stack).toContain('Host.name');
    error.message = 'it failed in another way';
    const { event } = await sent(error);
    expect(event.exception.values).toEqual([{ type: 'Error', stacktrace: { frames: [] } }]);
  });

  test('cuts off an endless chain of causes', async () => {
    const error = new Error('its own cause');
    error.cause = error;
    const { event } = await sent(error);
    expect(event.exception.values).toHaveLength(6);
  });

  test('names the request and the client, but not the user', async () => {
    const sentry = await startSentry();
    const reports = await reportsTo(sentry.dsn);
    // Long and random, as the id of a registered client may be. It is not a secret.
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

  test('has nothing of the request that an error of an HTTP client carries', async () => {
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
    ['a text', `no such grant: ${TOKEN}`, 'string'],
    ['nothing', undefined, 'undefined'],
    ['an object', { message: 'hidden', code: 'HIDDEN', name: 'hidden', stack: 'hidden' }, 'object'],
  ])('has only the type when %s was thrown', async (_, thrown, type) => {
    const { event, body } = await sent(thrown);
    expect(event.exception.values).toEqual([{ type }]);
    expect(body).not.toMatch(new RegExp(`hidden|${TOKEN}`, 'i'));
  });

  class Named extends Error {}

  test.each([
    ['its message', () => new Error(`cannot use ${TOKEN}`)],
    ['its cause', () => new Error('the failure', { cause: new Error(`cannot use ${TOKEN}`) })],
    ['a cause that is no error', () => new Error('the failure', { cause: TOKEN })],
    ['one of several errors', () => new AggregateError([new Error(`cannot use ${TOKEN}`)], 'all failed')],
    ['its name', () => Object.assign(new Error('the failure'), { name: TOKEN })],
    ['the name of its class', () => new (({ [TOKEN]: class extends Error {} })[TOKEN] as typeof Error)()],
    ['a member of its own', () => Object.assign(new Named('the failure'), { detail: TOKEN })],
    ['its code', () => Object.assign(new Error('the failure'), { code: TOKEN })],
    ['the name of a function', () => caughtFrom({ [TOKEN]: () => failing() }[TOKEN] as () => never)],
    ['a message of several lines', () => new Error(`it failed\nlooking at https://u:p@host/?code=${TOKEN}`)],
    ['a message with a stack', () => new Error(`it failed\n    at ${TOKEN} (/opt/${TOKEN}.js:1:1)`)],
    [
      'a message with a stack of this project',
      () => new Error(`it failed\n${String(new Error(TOKEN).stack)}`),
    ],
    ['what JSON.parse quotes', () => caughtFrom(() => JSON.parse(TOKEN))],
    ['what Node quotes of an argument', () => caughtFrom(() => Buffer.alloc(TOKEN as never))],
    ['the address of a file', () => withPlace(new Error('the failure'), `/opt/${TOKEN}.js`)],
  ])('does not reveal a token in %s', async (_, thrown) => {
    const error = thrown();
    expect(inspect(error, { depth: 5 })).toContain(TOKEN.slice(0, 5));
    const { event, body } = await sent(error);
    expect(event.exception.values.at(-1)?.type).toMatch(/Error$|^Named$/);
    expect(body).not.toContain(TOKEN.slice(0, 5));
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

  test('installs no handlers and replaces nothing in the process', async () => {
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

  test('does not throw for an error that cannot be read', async () => {
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
  ])('pauses for as long as Sentry asks with %s and %o', async (status, headers) => {
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
    reports.report(new TypeError('second'));
    await reports.flushed();
    expect(sentry.events().map(({ exception }) => exception.values[0]?.type)).toEqual(['Error', 'TypeError']);
  });

  test('delays nothing when Sentry cannot be reached', async () => {
    const reports = await reportsTo(`http://key@127.0.0.1:${await freePort()}/1`);
    const started = performance.now();
    reports.report(new Error('the failure'));
    await reports.flushed();
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('delays nothing when Sentry does not answer, and gives up after 2 seconds', async () => {
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

interface SentEvent {
  tags: Record<string, unknown>;
  contexts: Record<string, Record<string, unknown>>;
  exception: { values: { type: string; value?: string; stacktrace?: { frames: { filename: string }[] } }[] };
}

/** Starts a fake Sentry until the test is finished. */
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

/** Reports an error, and returns what Sentry received. */
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

/** The error, as if it had been thrown in this file. */
function withPlace(error: Error, file: string): Error {
  error.stack = `Error: ${error.message}\n    at failing (${file}:1:1)`;
  return error;
}
