/** What the log shows about an error. */
import got from 'got';
import { expect, test } from 'vitest';
import { describeError } from '../../src/telemetry/logger.ts';
import { freePort, recordingTelemetry } from '../serve.ts';

test('an error of an HTTP client is shown without the request that it carries', async () => {
  const url = `http://127.0.0.1:${await freePort()}/`;
  const error: unknown = await got(url, {
    method: 'POST',
    headers: { authorization: 'Bearer secret-token' },
    form: { password: 'secret-password' },
    retry: { limit: 0 },
  }).catch((caught: unknown) => caught);
  const carried = error as { options: { headers: Record<string, unknown> } };
  expect(carried.options.headers.authorization).toBe('Bearer secret-token');

  const { log, lines } = recordingTelemetry();
  log.error({ event: 'test', err: error }, 'failed');
  expect(lines).toMatchObject([{ err: { type: 'RequestError', code: 'ECONNREFUSED' } }]);
  expect(JSON.stringify(lines)).not.toMatch(/secret-token|secret-password/);
});

test('an error is shown with its name, message, code, stack and causes', () => {
  const cause = Object.assign(new TypeError('the cause'), { code: 'E_CAUSE', secret: 'x' });
  const error = Object.assign(new Error('the failure', { cause }), { secret: 'x' });
  expect(describeError(error)).toEqual({
    type: 'Error',
    message: 'the failure',
    stack: error.stack,
    cause: { type: 'TypeError', message: 'the cause', code: 'E_CAUSE', stack: cause.stack },
  });
});

test('an endless chain of causes is cut off', () => {
  const error = new Error('its own cause');
  error.cause = error;
  expect(JSON.stringify(describeError(error)).match(/"type"/g)).toHaveLength(4);
});

test.each([
  ['a text', 'broken', 'broken'],
  ['nothing', undefined, 'undefined'],
  ['an object', { secret: 'x' }, '[object Object]'],
])('%s that was thrown instead of an error is shown as text', (_, thrown, message) => {
  expect(describeError(thrown)).toEqual({ message });
});
