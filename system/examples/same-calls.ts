/** The calls of the table in docs/protect-an-api.md, made against an example. Every example answers them alike. */
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from 'shared/test/serve.ts';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Issuer, startIssuer } from './issued-tokens.ts';
import { allWanted, type Language, missing } from './languages.ts';
import { answersOfPage } from './page-calls.ts';
import { type RunningExample, startExample } from './running-example.ts';
import { startSigner } from './signer.ts';

const METADATA = '/.well-known/oauth-protected-resource';

/** How an example checks tokens. */
export type Check = 'by introspection' | 'locally';

/** The tests of one example. Where its language is missing it is left out, unless all are wanted. */
export function answersTheCalls(language: Language, check: Check): void {
  const name = `the API in ${language}, which verifies ${check}`;
  const needs = missing(language);
  if (needs === undefined) describe(name, () => testCalls(language, check));
  else test.runIf(allWanted)(name, () => expect.fail(`it needs ${needs}`));
}

function testCalls(language: Language, check: Check): void {
  let issuer: Issuer;
  let api: RunningExample;

  beforeAll(async () => {
    issuer = await startIssuer();
    return () => issuer.stop();
  });

  beforeAll(async () => {
    const startMs = performance.now();
    api = await startExample(language, environment(issuer));
    console.log(`${language}: started after ${Math.round(performance.now() - startMs)} ms`);
    return () => api.stop();
  });

  const environment = ({ url }: Issuer) => ({
    ISSUER: url,
    ...(check === 'locally' && { VERIFY: 'locally' }),
  });
  const call = (token?: string, path = '/notes', method = 'GET') => callAt(api.url, token, path, method);

  test('its metadata names the issuer', async () => {
    expect(await (await fetch(api.url + METADATA)).json()).toMatchObject({
      resource: 'http://localhost:5050',
      authorization_servers: [issuer.url],
      scopes_supported: ['notes:read', 'notes:write'],
    });
  });

  test('a call without a token is challenged, and told where the metadata is', async () => {
    const { status, challenge, cookie } = await call();
    expect(status).toBe(401);
    expect(challenge).toMatch(
      /^Bearer .*resource_metadata="http[^"]*\/.well-known\/oauth-protected-resource"/,
    );
    expect(challenge).not.toContain('error=');
    expect(cookie).toBeNull();
  });

  test('a token that the issuer never issued is refused', async () => {
    expect(await call('nonsense')).toMatchObject(INVALID_TOKEN);
    expect(await call('eyJhbGciOiJub25lIn0.e30.')).toMatchObject(INVALID_TOKEN);
  });

  test('the calls of the page are answered as its table says', async () => {
    const calls = await answersOfPage(issuer.url, api.url);
    expect(calls.length).toBeGreaterThan(8);
    for (const { command, expected, because, answer } of calls) {
      const revoked = because.includes('revoked') && check === 'locally';
      const [, status, part = ''] = /^(\d{3})(?: `(.*)`)?/.exec(revoked ? '200' : expected) ?? [];
      if (status !== undefined) expect(answer, command).toMatch(new RegExp(`^\\s*HTTP/1.1 ${status}\\b`));
      expect(answer, command).toContain(part);
    }
  });

  test("a user's token gets that user's notes, and no others", async () => {
    const ofBob = await call(await issuer.ofUser('bob'), '/notes/tea', 'PUT');
    expect(ofBob).toMatchObject({ status: 200, body: { notes: ['tea'] } });
    const ofAlice = await call(await issuer.ofUser('alice'));
    expect(ofAlice).toMatchObject({ status: 200, body: { notes: expect.not.arrayContaining(['tea']) } });
  });

  test('a token without the scope is refused', async () => {
    const { status, challenge } = await call(await issuer.ofUser('alice', 'notes:read'), '/notes/tea', 'PUT');
    expect(status).toBe(403);
    expect(challenge).toMatch(/^Bearer .*error="insufficient_scope"/);
  });

  test('HEAD needs what GET needs', async () => {
    const { status } = await call(await issuer.ofUser('alice', 'notes:write'), '/notes', 'HEAD');
    expect(status).toBeGreaterThanOrEqual(400);
  });

  test('a token that a client got for itself is accepted where no user is needed, and nowhere else', async () => {
    const job = await issuer.ofJob();
    expect(await call(job, '/count')).toMatchObject({ status: 200, body: { count: expect.any(Number) } });
    expect(await call(job)).toMatchObject(INVALID_TOKEN);
  });

  test('the token of another API is refused', async () => {
    expect(await call(await issuer.ofAnotherApi())).toMatchObject(INVALID_TOKEN);
  });

  test('a token that is bound to a key is refused as a Bearer token', async () => {
    expect(await call(await issuer.bound(), '/count')).toMatchObject(INVALID_TOKEN);
  });

  test('an expired token is refused, without leeway', async () => {
    const token = await issuer.brief();
    expect(await call(token, '/count')).toMatchObject({ status: 200 });
    await sleep(5_100);
    expect(await call(token, '/count')).toMatchObject(INVALID_TOKEN);
  });

  test(`a revoked token is ${check === 'locally' ? 'accepted until it expires' : 'refused'}`, async () => {
    const token = await issuer.ofUser('alice');
    await issuer.revoke(token);
    expect(await call(token)).toMatchObject(check === 'locally' ? { status: 200 } : INVALID_TOKEN);
  });

  if (check === 'locally')
    test('a signature of the issuer alone is not enough', async () => {
      const signer = await startSigner();
      const other = await startExample(language, { ...environment(issuer), ISSUER: signer.url });
      onTestFinished(() => other.stop());
      const callOther = (token: string) => callAt(other.url, token, '/notes', 'GET');
      expect(await callOther(await signer.token())).toMatchObject({ status: 200 });
      for (const bad of await signer.badTokens())
        expect(await callOther(bad.token), bad.because).toMatchObject(INVALID_TOKEN);
    });
  else
    test('an API that the issuer does not let introspect blames no caller, and its log says why', async () => {
      const ISSUER = await serve((_request, response) => response.writeHead(401).end());
      const other = await startExample(language, { ISSUER });
      onTestFinished(() => other.stop());
      const { status, challenge } = await callAt(other.url, await issuer.ofUser('alice'), '/notes', 'GET');
      expect([502, 503]).toContain(status);
      expect(challenge).toBeNull();
      await vi.waitFor(() => expect(other.output()).toMatch(/answered 401|401 Unauthorized/));
    });

  test('an outage of the issuer is no refusal', async () => {
    const token = await issuer.ofUser('alice');
    expect(await call(token)).toMatchObject({ status: 200 });
    await issuer.stop();
    // Whoever verifies locally has the keys.
    expect((await call(token)).status).toBe(check === 'locally' ? 200 : 503);
    if (check === 'by introspection') expect(await call(token)).toMatchObject({ challenge: null });
  });

  test('nor is an issuer that is silent since the API was started', { timeout: 60_000 }, async () => {
    await serve(() => {}, Number(new URL(issuer.url).port));
    await api.stop();
    api = await startExample(language, environment(issuer));
    const token = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjEifQ.e30.AAAA';
    const { status, challenge } = await call(token);
    expect([503, 504]).toContain(status);
    expect(challenge).toBeNull();
  });
}

const INVALID_TOKEN = {
  status: 401,
  challenge: expect.stringMatching(/^(Bearer|DPoP) .*error="invalid_token"/),
};

async function callAt(url: string, token: string | undefined, path: string, method: string) {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url + path, { method, headers });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  return {
    status: answer.status,
    challenge: answer.headers.get('www-authenticate'),
    cookie: answer.headers.get('set-cookie'),
    body: isJson && text ? JSON.parse(text) : text,
  };
}
