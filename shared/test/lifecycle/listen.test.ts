/** The limits on what a client may send, and the faults of a server that cannot listen. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/lifecycle/listen.ts';
import { startApp } from '../app.ts';
import { parsed, sendLines } from '../raw-http.ts';
import { recordingTelemetry, serve } from '../serve.ts';

const { log } = recordingTelemetry();

const hello = (_: unknown, res: { end(text: string): unknown }) => void res.end('hello');

test('headers of more than 16 KiB are 431', async () => {
  const base = await serve(hello);
  const request = (bytes: number) =>
    sendLines(
      base,
      'GET / HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      `X-Large: ${'x'.repeat(bytes)}`,
    );
  expect(parsed(await request(15 * 1024)).status).toBe(200);
  const refused = parsed(await request(17 * 1024));
  expect(refused.status).toBe(431);
  expect(JSON.parse(refused.body)).toMatchObject({
    status: 431,
    detail: 'The URL and the headers of the request are larger than 16384 bytes together.',
  });
});

test.each([
  ['another protocol', ['EHLO localhost']],
  ['no Host', ['GET / HTTP/1.1']],
  ['a header without a colon', ['GET / HTTP/1.1', 'Host: localhost', 'broken']],
  [
    'two lengths of the body',
    ['POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
  ],
])('%s is 400', async (_, lines) => {
  const base = await serve(hello);
  expect(parsed(await sendLines(base, ...lines)).status).toBe(400);
});

test.each(['*', 'http://[', 'http://localhost:port/', '//', '/%'])(
  "a request for the odd target %s is the caller's mistake, and not a failure",
  async (target) => {
    const { base, lines } = await startApp({});
    const answer = await sendLines(
      base,
      `OPTIONS ${target} HTTP/1.1`,
      'Host: localhost',
      'Connection: close',
    );
    expect([400, 404]).toContain(parsed(answer).status);
    expect(lines.map(({ event }) => event)).not.toContain('request.failed');
  },
);

test('what is not HTTP is refused in words', async () => {
  const refused = parsed(await sendLines(await serve(hello), 'EHLO localhost'));
  expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(refused.body)).toEqual({
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'The request is not valid HTTP.',
  });
});

test('a port that is taken is a fault that names it', async () => {
  const { port } = new URL(await serve(hello));
  await expect(listen(hello, { HOST: '127.0.0.1', PORT: Number(port) }, log)).rejects.toMatchObject({
    name: 'StartupFault',
    faults: [expect.stringContaining(port)],
  });
});

test('an address of another machine is a fault of HOST', async () => {
  await expect(listen(hello, { HOST: '192.0.2.1', PORT: 0 }, log)).rejects.toMatchObject({
    name: 'StartupFault',
    faults: [expect.stringMatching(/^HOST: 192\.0\.2\.1 /)],
  });
});

test('the log says why bytes are not HTTP, and does not quote them', async () => {
  const { log: recording, lines } = recordingTelemetry();
  const server = await listen(hello, { HOST: '127.0.0.1', PORT: 0 }, recording);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await sendLines(`http://127.0.0.1:${port}`, 'secret-token secret-password');
  expect(lines).toMatchObject([
    { event: 'http.malformed', status: 400, code: expect.stringMatching(/^HPE_/) },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/secret/);
});

test('a client that leaves in the middle of a request is not logged as malformed', async () => {
  const { log: recording, lines } = recordingTelemetry();
  const server = await listen(hello, { HOST: '127.0.0.1', PORT: 0 }, recording);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: loc');
  await once(server, 'connection');
  socket.resetAndDestroy();
  await expect
    .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))))
    .toBe(0);
  expect(lines).toEqual([]);
});
