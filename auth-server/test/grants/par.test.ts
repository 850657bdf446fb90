/** Pushed authorization requests (RFC 9126). */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  type AuthServer,
  agree,
  answerAt,
  authorizationUrl,
  type CodeClient,
  cli,
  cliRegistration,
  firstParty,
  type Parameters,
  redeem,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

afterEach(() => void vi.useRealTimers());

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([cliRegistration]) });

async function push({ issuer }: AuthServer, client: CodeClient = thirdParty, parameters: Parameters = {}) {
  const { id, secret } = client;
  return fetch(`${issuer}/par`, {
    method: 'POST',
    body: authorizationUrl(issuer, client, parameters).searchParams,
    headers: secret === undefined ? {} : { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
  });
}

async function pushed(response: Response): Promise<{ request_uri: string; expires_in: number }> {
  expect(response.status).toBe(201);
  return (await response.json()) as { request_uri: string; expires_in: number };
}

function open({ issuer }: AuthServer, client_id: string, request_uri: string) {
  return new UserAgent(issuer).open(`/authorize?${new URLSearchParams({ client_id, request_uri })}`);
}

test.each([
  ['first-party', firstParty],
  ['third-party', thirdParty],
  ['public', cli],
])('a %s client pushes its request, and the user authorizes exactly that', async (_what, client) => {
  const server = await start();
  const { request_uri, expires_in } = await pushed(await push(server, client, { scope: 'epoch_time' }));
  expect(expires_in).toBeLessThanOrEqual(600);
  const { code = '', state } = answerAt(await agree(await open(server, client.id, request_uri)), client);
  expect(state).toBe('the-state');
  expect((await tokensOf(await redeem(server, code, client))).scope).toBe('epoch_time');
});

describe('a pushed request', () => {
  test('is used once', async () => {
    const server = await start();
    const { request_uri } = await pushed(await push(server));
    await agree(await open(server, thirdParty.id, request_uri));
    const again = await open(server, thirdParty.id, request_uri);
    expect(again.target).toBeUndefined();
    expect(again.heading).toBe('This did not work');
  });

  test('is refused to another client', async () => {
    const server = await start();
    const { request_uri } = await pushed(await push(server));
    const page = await open(server, firstParty.id, request_uri);
    expect(page.target).toBeUndefined();
    expect(page.heading).toBe('This did not work');
  });

  test('expires', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await start();
    const { request_uri, expires_in } = await pushed(await push(server));
    vi.setSystemTime(Date.now() + expires_in * 1000 + 1000);
    expect((await open(server, thirdParty.id, request_uri)).heading).toBe('This did not work');
  });
});

describe('a push is refused', () => {
  test.each([
    ['invalid_request', { redirect_uri: 'https://evil.example/' }],
    ['invalid_request', { code_challenge: undefined, code_challenge_method: undefined }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_scope', { scope: 'date' }],
    ['invalid_target', { resource: 'https://other.example' }],
    ['unsupported_response_type', { response_type: 'token' }],
  ])('as %s for %j', async (error, parameters) => {
    await expectRefusal(await push(await start(), thirdParty, parameters), 400, error);
  });

  test('without authentication, and with a wrong secret', async () => {
    const server = await start();
    await expectRefusal(await server.post('/par', {}), 401, 'invalid_client');
    const wrong = await push(server, { ...thirdParty, secret: 'wrong' });
    await expectRefusal(wrong, 401, 'invalid_client');
  });
});
