/** A store that is full is an outage, told as one: it is nobody's fault who asks. */
import { describe, expect, test } from 'vitest';
import { type ArtifactStore, StoreFull } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { startAuthServer } from '../support/auth-server.ts';
import { answerAt, authorizationUrl, codeFor, redeem, thirdParty } from '../support/code-flow.ts';
import { INITIAL_ACCESS_TOKEN, metadata } from '../support/registry.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** A server whose store has no room for records of some models, from when it is told. */
async function start() {
  const artifacts = memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal);
  const full = new Set<string>();
  const store: ArtifactStore = {
    ...artifacts,
    async upsert(model, ...rest) {
      if (full.has(model)) throw new StoreFull('the store is full');
      await artifacts.upsert(model, ...rest);
    },
  };
  const server = await startAuthServer({ INITIAL_ACCESS_TOKEN }, { artifacts: store });
  return { server, fill: (...models: string[]) => models.forEach((model) => void full.add(model)) };
}

async function expectOutage(response: Response): Promise<void> {
  expect(await response.json()).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'try again later',
  });
  expect(response.status).toBe(503);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('retry-after')).toBe('1');
}

function expectOutagePage({ response, heading, html }: Page): void {
  expect(response.status).toBe(503);
  expect(heading).toBe('This did not work');
  expect(html).toContain('Something went wrong on our side.');
}

describe('a full store', () => {
  test('is told at the token endpoint, and in the log by its cause', async () => {
    const { server, fill } = await start();
    const code = await codeFor(server);
    fill('RefreshToken');
    const response = await redeem(server, code);
    await expectOutage(response);
    const failure = server.lines.find(({ event }) => event === 'request.unavailable');
    expect(failure).toMatchObject({ level: 40, requestId: response.headers.get('x-request-id') });
    expect(JSON.stringify(failure)).toContain('the store is full');
    expect(server.lines).not.toContainEqual(expect.objectContaining({ event: 'token.refused' }));
  });

  test('is told at registration', async () => {
    const { server, fill } = await start();
    fill('Client');
    await expectOutage(
      await fetch(`${server.issuer}/register`, {
        method: 'POST',
        body: JSON.stringify(metadata),
        headers: { authorization: `Bearer ${INITIAL_ACCESS_TOKEN}`, 'content-type': 'application/json' },
      }),
    );
    expect(server.lines).toContainEqual(expect.objectContaining({ event: 'request.unavailable', level: 40 }));
  });

  test('is told to a device', async () => {
    const { server, fill } = await start();
    fill('DeviceCode');
    await expectOutage(await server.post('/device_authorization', { scope: 'current_time' }, thirdParty));
  });

  test('is told to the client whose request cannot be kept', async () => {
    const { server, fill } = await start();
    fill('Interaction');
    const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, thirdParty));
    expect(answerAt(page)).toMatchObject({ error: 'temporarily_unavailable', state: 'the-state' });
  });

  test('is told to the user who decides', async () => {
    const { server, fill } = await start();
    const browser = new UserAgent(server.issuer);
    const signIn = await browser.open(authorizationUrl(server.issuer, thirdParty));
    const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
    fill('Consent');
    const page = await consent.press('Allow');
    expectOutagePage(page);
  });

  test('is told to the client when what the user has allowed cannot be granted', async () => {
    const { server, fill } = await start();
    const browser = new UserAgent(server.issuer);
    const signIn = await browser.open(authorizationUrl(server.issuer, thirdParty));
    const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
    fill('Grant');
    expect(answerAt(await consent.press('Allow'))).toMatchObject({ error: 'temporarily_unavailable' });
  });

  test('is told to the user who signs in', async () => {
    const { server, fill } = await start();
    const browser = new UserAgent(server.issuer);
    const signIn = await browser.open(authorizationUrl(server.issuer, thirdParty));
    fill('Session');
    const page = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
    expectOutagePage(page);
  });
});
