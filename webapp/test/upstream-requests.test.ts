/** The requests that the webapp makes: RFC 6749 §4.3.2 of the auth server, RFC 6750 §2.1 of the API. */
import { form, json, startUpstream } from 'shared/test/upstream.ts';
import { expect, test } from 'vitest';
import { basic, startBetween, TOKEN_RESPONSE } from './webapp.ts';

test('a token is asked for by the password grant, with the scope of the endpoint, the address of the caller and nothing else', async () => {
  const { get, tokenRequests } = await startBetween();
  expect((await get('/epoch_time', basic('älice:w&nder=land+'))).status).toBe(200);
  expect(tokenRequests).toHaveLength(1);
  const [request] = tokenRequests as [(typeof tokenRequests)[0]];
  expect(request).toMatchObject({ method: 'POST', url: '/token' });
  expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(request.headers.accept).toBe('application/json');
  expect(form(request)).toEqual({
    grant_type: 'password',
    username: 'älice',
    password: 'w&nder=land+',
    scope: 'epoch_time',
    end_user_address: '127.0.0.1',
  });
});

test.each([
  ['', '192.0.2.1', '127.0.0.1'],
  ['10.1.2.3', '192.0.2.1', '127.0.0.1'],
  ['127.0.0.1', '192.0.2.1', '192.0.2.1'],
  ['127.0.0.1', '2001:db8::1', '2001:db8::1'],
  ['127.0.0.1', '192.0.2.66, 192.0.2.1', '192.0.2.1'],
  ['127.0.0.0/8, 10.0.0.0/8', '192.0.2.1, 10.1.2.3', '192.0.2.1'],
  ['127.0.0.1', '192.0.2.1, unknown', '127.0.0.1'],
  ['127.0.0.1', '192.0.2.1:54321', '192.0.2.1'],
  ['127.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
  ['127.0.0.0/8, 10.0.0.0/8', '192.0.2.1:1, 10.1.2.3:2', '192.0.2.1'],
])(
  'with the trusted proxies "%s", X-Forwarded-For %s is a call from %s',
  async (proxies, forwarded, address) => {
    const { get, tokenRequests } = await startBetween({}, { TRUSTED_PROXIES: proxies });
    await get('/current_time', { 'x-forwarded-for': forwarded });
    expect(tokenRequests.map((request) => form(request).end_user_address)).toEqual([address]);
  },
);

test('nobody can say in the query or in a name where they call from', async () => {
  const { get, tokenRequests } = await startBetween();
  await get('/current_time?end_user_address=192.0.2.1', basic('alice&end_user_address=192.0.2.1:wonderland'));
  expect(
    tokenRequests.map((request) => new URLSearchParams(request.body).getAll('end_user_address')),
  ).toEqual([['127.0.0.1']]);
});

test.each([
  ['1234', 'qwerty', '1234:qwerty'],
  ['my:client 1', '50%+é&', 'my%3Aclient+1:50%25%2B%C3%A9%26'],
])('the client %s authenticates by percent-encoded Basic', async (id, secret, credentials) => {
  const { get, tokenRequests } = await startBetween(
    {},
    { WEBAPP_CLIENT_ID: id, WEBAPP_CLIENT_SECRET: secret },
  );
  await get('/current_time');
  expect(tokenRequests.map(({ headers }) => headers.authorization)).toEqual([`Basic ${btoa(credentials)}`]);
});

test('the API is called with the token and without the user', async () => {
  const { get, apiRequests } = await startBetween();
  await get('/current_time', basic('alice:wonderland'));
  expect(apiRequests).toMatchObject([{ method: 'GET', url: '/current_time', body: '' }]);
  expect(apiRequests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret-token']);
});

test('no token is used twice, not even by concurrent calls', async () => {
  let issued = 0;
  const authServer = await startUpstream((request, res) =>
    json({ ...TOKEN_RESPONSE, access_token: `token-${++issued}` })(request, res),
  );
  const { get, apiRequests } = await startBetween({ authServer: authServer.base });
  await get('/current_time');
  await Promise.all([get('/current_time'), get('/current_time'), get('/epoch_time')]);
  expect(authServer.received).toHaveLength(4);
  expect(apiRequests.map(({ headers }) => headers.authorization).sort()).toEqual([
    'Bearer token-1',
    'Bearer token-2',
    'Bearer token-3',
    'Bearer token-4',
  ]);
});

test('both upstreams are called within the trace of the caller', async () => {
  const { get, tokenRequests, apiRequests } = await startBetween();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const response = await get('/current_time', { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  expect(response.headers.get('x-request-id')).toBe(traceId);
  const received = [...tokenRequests, ...apiRequests];
  expect(received.map(({ headers }) => String(headers.traceparent).split('-')[1])).toEqual([
    traceId,
    traceId,
  ]);
});

test('the upstreams may be reached elsewhere than at their identifiers', async () => {
  const authServer = await startUpstream(json(TOKEN_RESPONSE));
  const api = await startUpstream(json({ epoch_time: 7 }));
  const { get } = await startBetween(
    {},
    { TOKEN_ENDPOINT: `${authServer.base}/oauth2/token`, RESOURCE_SERVER_URL: `${api.base}/apis/time` },
  );
  expect(await (await get('/epoch_time')).json()).toEqual({ epoch_time: 7 });
  expect(authServer.received.map(({ url }) => url)).toEqual(['/oauth2/token']);
  expect(api.received.map(({ url }) => url)).toEqual(['/apis/time/epoch_time']);
});

test('the URLs of the upstreams may end in a slash', async () => {
  const authServer = await startUpstream(json(TOKEN_RESPONSE));
  const api = await startUpstream(json({ epoch_time: 7 }));
  const { get } = await startBetween({ authServer: `${authServer.base}/`, api: `${api.base}/` });
  await get('/epoch_time');
  expect(authServer.received.map(({ url }) => url)).toEqual(['/token']);
  expect(api.received.map(({ url }) => url)).toEqual(['/epoch_time']);
});
