/** Protected resource metadata (RFC 9728). */
import { expect, test } from 'vitest';
import { challengeOf, startResourceServer, startWithToken } from './resource-server.ts';

test('a client learns the issuer, the scopes and how to send a token', async () => {
  const { get } = await startResourceServer({
    RESOURCE: 'https://time.example',
    ISSUER: 'https://issuer.example',
  });
  const response = await get('/.well-known/oauth-protected-resource');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toMatchObject({
    resource: 'https://time.example',
    authorization_servers: ['https://issuer.example'],
    scopes_supported: ['current_time', 'epoch_time'],
    bearer_methods_supported: ['header'],
  });
});

test('the well-known path comes before the path of the resource', async () => {
  const { get } = await startResourceServer({ RESOURCE: 'https://host.example/apis/time' });
  const response = await get('/.well-known/oauth-protected-resource/apis/time');
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ resource: 'https://host.example/apis/time' });
  expect((await get('/.well-known/oauth-protected-resource')).status).toBe(404);
  expect((await get('/apis/time/.well-known/oauth-protected-resource')).status).toBe(404);
});

test.each([
  ['https://host.example', 'https://host.example/.well-known/oauth-protected-resource'],
  ['https://host.example/', 'https://host.example/.well-known/oauth-protected-resource'],
  ['http://host.example:8080/time', 'http://host.example:8080/.well-known/oauth-protected-resource/time'],
])('the challenges of %s lead to its metadata', async (RESOURCE, metadataUrl) => {
  const { get } = await startResourceServer({ RESOURCE });
  const challenge = challengeOf(await get('/current_time'));
  expect(challenge).toEqual({ scope: 'current_time', resource_metadata: metadataUrl });
  const metadata = await get(new URL(metadataUrl).pathname);
  expect(await metadata.json()).toMatchObject({ resource: RESOURCE });
});

test.each([
  ['/time(v1)', '/timev1'],
  ['/time:v1', '/time-v1'],
  ['/*time', '/some-time'],
])('the path %s of a resource is taken literally', async (path, other) => {
  const { get } = await startResourceServer({ RESOURCE: `https://host.example${path}` });
  expect((await get(`/.well-known/oauth-protected-resource${path}`)).status).toBe(200);
  expect((await get(`/.well-known/oauth-protected-resource${other}`)).status).toBe(404);
});

test('metadata needs no token', async () => {
  const { get, asked } = await startWithToken({ active: false });
  expect((await get('/.well-known/oauth-protected-resource')).status).toBe(200);
  expect(asked).toEqual([]);
});
