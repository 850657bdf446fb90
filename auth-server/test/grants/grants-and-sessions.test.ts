/** What the endpoints answer after grants and sessions of a user have ended. */
import { describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { unlessEnded } from '../../src/oidc/grants/ended-sessions.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import {
  agree,
  authorizationUrl,
  codeFor,
  firstParty,
  isActive,
  redeem,
  refresh,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { startReplicas } from '../support/replicas.ts';
import { done, refused } from '../support/results.ts';
import { UserAgent } from '../support/user-agent.ts';

type Replicas = Awaited<ReturnType<typeof startReplicas>>;

/** A user who is signed in with a browser, and a client that holds a grant of theirs. */
async function signedIn(client = thirdParty, replicas?: Replicas) {
  const { first, ...rest } = replicas ?? (await startReplicas());
  const server = { ...first, requestToken: first.post, requestClientToken: first.post } as never;
  const browser = new UserAgent(first.issuer);
  const scope = client === firstParty ? 'current_time' : 'openid current_time';
  // A first-party client may name the user that it signs in.
  const parameters = { scope, login_hint: 'alice' };
  const code = await codeFor(server, client, parameters, browser);
  const tokens = await tokensOf(await redeem(server, code, client));
  const again = async (url = first.issuer) => {
    const page = await browser.open(authorizationUrl(url, client, parameters));
    return page.heading ?? page.target?.searchParams.has('code');
  };
  return { ...rest, first, server, browser, tokens, again, parameters };
}

describe('a session that is ended', () => {
  test('signs the browser out at all replicas', async () => {
    const { grants, again, second, browser } = await signedIn();
    expect(await again()).toBe(true);
    const [session, ...others] = await grants.sessions('alice');
    expect(others).toEqual([]);
    expect(browser.cookies.map(({ value }) => value)).not.toContain(session?.id);
    done(await grants.endSession('alice', session?.id ?? ''));
    expect(await again()).toBe('Sign in');
    expect(await again(second.issuer)).toBe('Sign in');
    expect(await grants.sessions('alice')).toEqual([]);
  });

  test('ends the grants that were made in it, whose tokens are inactive at once', async () => {
    const { grants, server, tokens } = await signedIn(firstParty);
    expect(await isActive(server, tokens.access_token)).toBe(true);
    const [session] = await grants.sessions('alice');
    await grants.endSession('alice', session?.id ?? '');
    expect(await isActive(server, tokens.access_token)).toBe(false);
  });

  test('stays ended though the browser sends requests meanwhile', async () => {
    const { grants, browser, first, parameters, artifacts } = await signedIn();
    const [session] = await grants.sessions('alice');
    let asking = true;
    const cookies = [...browser.cookies];
    const asked = Array.from({ length: 8 }, async () => {
      while (asking) {
        const one = new UserAgent(first.issuer);
        one.cookies = [...cookies];
        await one.open(authorizationUrl(first.issuer, thirdParty, parameters));
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await grants.endSession('alice', session?.id ?? '');
    await new Promise((resolve) => setTimeout(resolve, 100));
    asking = false;
    await Promise.all(asked);
    const last = new UserAgent(first.issuer);
    last.cookies = cookies;
    expect((await last.open(authorizationUrl(first.issuer, thirdParty, parameters))).heading).toBe('Sign in');
    expect(
      await unlessEnded(artifacts, await artifacts.findByUid('Session', session?.id ?? '')),
    ).toBeUndefined();
  });

  test('stays ended though a request was under way', async () => {
    const artifacts = memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal);
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    let holding = false;
    const holdingBack = {
      ...artifacts,
      async upsert(...[model, ...rest]: Parameters<typeof artifacts.upsert>) {
        if (holding && model === 'Session') {
          arrived.resolve();
          await held.promise;
        }
        await artifacts.upsert(model, ...rest);
      },
    };
    const replicas = await startReplicas({ artifacts: holdingBack });
    const { grants, again } = await signedIn(thirdParty, replicas);
    const [session] = await grants.sessions('alice');
    holding = true;
    const underWay = again();
    await arrived.promise;
    holding = false;
    await grants.endSession('alice', session?.id ?? '');
    held.resolve();
    await underWay;
    expect(await artifacts.findByUid('Session', session?.id ?? '')).toBeDefined();
    expect(await again()).toBe('Sign in');
    expect(await grants.sessions('alice')).toEqual([]);
  });
});

describe('a grant that is revoked', () => {
  test('ends its refresh tokens and access tokens at once', async () => {
    const { grants, server, tokens } = await signedIn();
    expect(await isActive(server, tokens.access_token)).toBe(true);
    const [grant] = await grants.grants('alice');
    expect(grant).toMatchObject({ clientId: thirdParty.id, scopes: ['openid', 'current_time'] });
    expect(await grants.revokeGrant('bob', grant?.id ?? '')).toEqual(refused('unknown'));
    expect(await isActive(server, tokens.access_token)).toBe(true);
    done(await grants.revokeGrant('alice', grant?.id ?? ''));
    expect(await isActive(server, tokens.access_token)).toBe(false);
    expect((await refresh(server, tokens.refresh_token)).status).toBe(400);
  });

  test('has to be given again by the user', async () => {
    const { grants, again } = await signedIn();
    const [grant] = await grants.grants('alice');
    await grants.revokeGrant('alice', grant?.id ?? '');
    expect(await again()).toMatch(/^Allow /);
  });
});

test('what is granted while the consent for it ends is of no use', async () => {
  const artifacts = memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal);
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  let holding = false;
  const holdingBack = {
    ...artifacts,
    async upsert(...[model, ...rest]: Parameters<typeof artifacts.upsert>) {
      if (holding && model === 'Grant') {
        arrived.resolve();
        await held.promise;
      }
      await artifacts.upsert(model, ...rest);
    },
  };
  const replicas = await startReplicas({ artifacts: holdingBack });
  const { grants, server, browser } = await signedIn(thirdParty, replicas);
  const [grant] = await grants.grants('alice');
  holding = true;
  const code = codeFor(server, thirdParty, {}, browser);
  await arrived.promise;
  done(await grants.revokeGrant('alice', grant?.id ?? ''));
  held.resolve();
  const answer = await redeem(server, await code);
  expect([answer.status, await answer.json()]).toEqual([
    400,
    expect.objectContaining({ error: 'invalid_grant' }),
  ]);
});

describe('ending all sessions of a user', () => {
  test('keeps only the session from which the user asked for it', async () => {
    const replicas = await startReplicas();
    const here = await signedIn(thirdParty, replicas);
    const [session] = await replicas.grants.sessions('alice');
    const there = await signedIn(firstParty, replicas);
    const claims = JSON.parse(
      Buffer.from(here.tokens.access_token.split('.')[1] ?? '', 'base64url').toString(),
    );
    await replicas.grants.endAll('alice', 'sessions', { grant: claims.grant_id, session: session?.id });
    expect(await here.again()).toBe(true);
    expect(await isActive(here.server, here.tokens.access_token)).toBe(true);
    expect(await isActive(there.server, there.tokens.access_token)).toBe(false);
    expect(await replicas.grants.sessions('alice')).toHaveLength(1);
  });

  test('ends a sign-in that was held back before it became a session', async () => {
    const { first, grants } = await startReplicas();
    const browser = new UserAgent(first.issuer);
    const page = await browser.open(authorizationUrl(first.issuer, thirdParty));
    const { action, fields } = page.form('Sign in', { username: 'alice', password: 'wonderland' });
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const signIn = await fetch(action, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body: new URLSearchParams(fields),
    });
    expect(signIn.status).toBe(303);
    await grants.endAll('alice', 'sessions');
    const resumed = await browser.open(signIn.headers.get('location') ?? '');
    expect(resumed.response.status).toBe(400);
    expect(await grants.sessions('alice')).toEqual([]);
  });

  test('does not end the flows of other users', async () => {
    const { first, grants } = await startReplicas();
    const browser = new UserAgent(first.issuer);
    const page = await browser.open(authorizationUrl(first.issuer, thirdParty));
    await grants.endAll('alice', 'sessions and grants');
    expect((await agree(page, 'robert')).target?.searchParams.has('code')).toBe(true);
  });
});
