/** What the consent page says of a client that a stranger has registered. */
import { expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import { authorizationUrl, type CodeClient, thirdParty } from '../support/code-flow.ts';
import type { Registered } from '../support/registry.ts';
import { codeClientOf, startOpen, tool } from '../support/strangers.ts';
import { UserAgent } from '../support/user-agent.ts';

/** The text of the page on which alice is asked. */
async function consentPage(issuer: string, client: CodeClient): Promise<string> {
  const signIn = await new UserAgent(issuer).open(authorizationUrl(issuer, client));
  const { html } = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
  return html.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
}

const UNCHECKED = 'has registered itself as “Tool”. Nobody here has checked that it is that.';
const PROGRAM = 'any program on it can say that it is Tool';

test('it says that nobody has checked the name, and warns of programs on the computer', async () => {
  const { server, registered } = await startOpen();
  const text = await consentPage(server.issuer, codeClientOf(await registered()));
  expect(text).toContain(UNCHECKED);
  expect(text).toContain(PROGRAM);
});

test('it warns of no program where the client is a web site', async () => {
  const { server, registered } = await startOpen();
  const site = await registered({ ...tool, redirect_uris: ['https://tool.example/callback'] });
  const text = await consentPage(server.issuer, codeClientOf(site));
  expect(text).toContain(UNCHECKED);
  expect(text).not.toContain(PROGRAM);
});

test.each([
  'http://LOCALHOST:9/callback',
  'http://127.0.0.2:9/callback',
  'http://tool.localhost:9/callback',
  'com.example.tool:/callback',
])('it warns of a program at %s, too, where that can be registered', async (uri) => {
  const { server, register } = await startOpen();
  const response = await register({ ...tool, redirect_uris: [uri] });
  if (response.status !== 201) return expect(response.status).toBe(400);
  const client = (await response.json()) as Registered;
  expect(await consentPage(server.issuer, codeClientOf(client))).toContain(PROGRAM);
});

test('it says nothing of the kind of a client that the operator has registered', async () => {
  const { issuer } = await startAuthServer({ REGISTRATION: 'open' });
  expect(await consentPage(issuer, thirdParty)).not.toContain('Nobody here has checked');
});
