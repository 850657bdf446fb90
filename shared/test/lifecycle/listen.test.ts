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
  ['no Host', ['GET / HTTP/1.1', 'Connection: close']],
  ['a header without a colon', ['GET / HTTP/1.1', 'Host: localhost', 'broken']],
  [
    'two lengths of the body',
    ['POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
  ],
])('%s is 400', async (_, lines) => {
  const base = await serve(hello);
  expect(parsed(await sendLines(base, ...lines)).status).toBe(400);
});

const HOST = 'Host: localhost';

test.each([
  ['two Hosts', [HOST, HOST]],
  ['two Hosts, the second in capitals and of another server', [HOST, 'HOST: evil.example']],
  ['two Hosts, the first one empty', ['Host:', HOST]],
  ['two hosts in one Host', ['Host: localhost, evil.example']],
  ['a Host with a user name', ['Host: localhost@evil.example']],
  ['a Host with a path', ['Host: localhost/evil']],
  ['a Host with a scheme', ['Host: http://localhost']],
  ['a Host with a query', ['Host: localhost?evil']],
  ['a Host with a fragment', ['Host: localhost#evil']],
  ['a Host with a blank', ['Host: local host']],
  ['a Host with a backslash', ['Host: localhost\\evil']],
  ['a Host with a quote', ['Host: "localhost"']],
  ['a Host with half a percent-encoding', ['Host: local%6']],
  ['a Host whose port is a name', ['Host: localhost:http']],
  ['a Host with two ports', ['Host: localhost:80:80']],
  ['a Host with half an IPv6 address', ['Host: [::1']],
  ['a Host with a bare IPv6 address', ['Host: ::1']],
  ['a Host in brackets that is no address', ['Host: [localhost]']],
  ['a Host in other letters than ASCII', ['Host: l\u00f6calhost']],
])('%s: 400, the handler is not asked, and the connection ends', async (_, hosts) => {
  let asked = 0;
  const base = await serve((_request, response) => {
    asked += 1;
    response.end();
  });
  for (const version of ['1.1', '1.0']) {
    const { status, headers } = parsed(await sendLines(base, `GET / HTTP/${version}`, ...hosts));
    expect([version, status]).toEqual([version, 400]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
  expect(asked).toBe(0);
});

test.each([
  'localhost',
  'LOCALHOST:5001',
  'auth_server:5001',
  'a-b.example.',
  'xn--bcher-kva.example',
  '127.0.0.1:80',
  '[::1]:443',
  '[2001:db8::1]',
  '%6Cocalhost',
  'localhost:',
  '',
])('the Host "%s" is one that RFC 3986 allows, and is not refused here', async (host) => {
  const base = await serve(hello);
  const answer = await sendLines(base, 'GET / HTTP/1.1', `Host: ${host}`, 'Connection: close');
  expect(parsed(answer).status).toBe(200);
});

test('a request of HTTP/1.0 needs no Host', async () => {
  const base = await serve(hello);
  expect(parsed(await sendLines(base, 'GET / HTTP/1.0')).status).toBe(200);
});

test('a body behind a malformed Host is not read, and the answer arrives all the same', async () => {
  const base = await serve(hello);
  const answer = await sendLines(base, 'POST / HTTP/1.1', HOST, HOST, 'Content-Length: 100000');
  expect(parsed(answer).status).toBe(400);
});

test('a second request on the connection of a malformed one is not answered', async () => {
  const base = await serve(hello);
  const answer = await sendLines(base, 'GET / HTTP/1.1', HOST, HOST, '', 'GET / HTTP/1.1', HOST);
  expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 400']);
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
