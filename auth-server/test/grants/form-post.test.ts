/** Answers that post themselves (OAuth 2.0 Form Post Response Mode), under a policy that allows only that. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import { authorizationUrl, firstParty, redeem, tokensOf } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

async function openFormPost(parameters = {}) {
  const server = await startAuthServer();
  const url = authorizationUrl(server.issuer, firstParty, { response_mode: 'form_post', ...parameters });
  return { server, page: await new UserAgent(server.issuer).open(url) };
}

test('the page posts a code, the state and the issuer to the client', async () => {
  const { server, page } = await openFormPost();
  expect(page.response.status).toBe(200);
  const { action, fields } = page.selfPosted ?? {};
  expect(action?.href).toBe(firstParty.redirectUri);
  expect(fields).toEqual({ code: expect.any(String), state: 'the-state', iss: server.issuer });
  await tokensOf(await redeem(server, fields?.code ?? '', firstParty));
});

test('the policy of the page allows its one script, and lets its form go to the client and from there wherever it leads', async () => {
  const { page } = await openFormPost();
  const policy = new Map(
    page.response.headers
      .get('content-security-policy')
      ?.split(/; ?/)
      .map((directive) => directive.split(/ (.*)/s) as [string, string]),
  );
  const scripts = [...page.html.matchAll(/<script>(.*?)<\/script>/gs)];
  expect(scripts).toHaveLength(1);
  const hash = createHash('sha256')
    .update(scripts[0]?.[1] ?? '')
    .digest('base64');
  expect(policy.get('default-src')).toBe("'none'");
  expect(policy.get('script-src')).toBe(`'sha256-${hash}'`);
  expect(policy.has('form-action')).toBe(false);
  expect(page.response.headers.get('cache-control')).toContain('no-store');
});

test('an error is posted too', async () => {
  const { page } = await openFormPost({ scope: 'date' });
  expect(page.selfPosted?.action.href).toBe(firstParty.redirectUri);
  expect(page.selfPosted?.fields).toMatchObject({ error: 'invalid_scope', state: 'the-state' });
});

test('a state with markup in it is posted unchanged', async () => {
  const state = '"><script>alert(1)</script>';
  const { page } = await openFormPost({ state });
  expect(page.html).not.toContain(state);
  expect(page.selfPosted?.fields.state).toBe(state);
});
