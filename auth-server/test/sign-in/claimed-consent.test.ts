/** What the pages say of a client that is known by its metadata document only (draft-ietf-oauth-client-id-metadata-document §6.4). */
import { expect, test } from 'vitest';
import { type AuthServer, answerAt, authorizationUrl, type CodeClient } from '../support/code-flow.ts';
import { startWithDocuments } from '../support/document-hosts.ts';
import { UserAgent } from '../support/user-agent.ts';

/** Opens the sign-in page of a client, and goes on to its consent page. */
async function come({ issuer }: AuthServer, client: CodeClient, browser = new UserAgent(issuer)) {
  const signIn = await browser.open(authorizationUrl(issuer, client));
  const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
  return { signIn, consent };
}

const says = (html: string) => html.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');

test('they name the host that vouches for the client, and its name as what the host says', async () => {
  const { hosts, server } = await startWithDocuments();
  const { signIn, consent } = await come(server, hosts.publish(hosts.urlOf()));
  const host = `app.example:${hosts.port}`;
  expect(says(signIn.html)).toContain(`to continue to ${host}`);
  expect(signIn.html).not.toContain('Pocket clock');
  expect(consent.heading).toBe(`Allow ${host}?`);
  expect(says(consent.html)).toContain(`The site ${host} says that this is “Pocket clock”.`);
  expect(says(consent.html)).toContain(`You will then be sent to ${host}.`);
  expect(says(consent.html)).not.toContain('any program on it');
});

test('a document without a name is known by its host', async () => {
  const { hosts, server } = await startWithDocuments();
  const { consent } = await come(server, hosts.publish(hosts.urlOf(), { client_name: undefined }));
  expect(consent.heading).toBe(`Allow app.example:${hosts.port}?`);
  expect(says(consent.html)).toContain('known by its address only');
});

test('a host that looks like another one is written in letters that do not', async () => {
  const { hosts, server } = await startWithDocuments();
  const client = hosts.publish(hosts.urlOf('/client.json', 'xn--pple-43d.example'), {
    client_name: 'apple.example',
  });
  const { signIn, consent } = await come(server, client);
  expect(consent.heading).toBe(`Allow xn--pple-43d.example:${hosts.port}?`);
  for (const { html } of [signIn, consent]) expect(html).not.toContain('аpple');
});

test('a name cannot write anything else onto the page', async () => {
  const { hosts, server } = await startWithDocuments();
  const client_name = '<b>Your bank</b>”. This server has checked it. “';
  const { consent } = await come(server, hosts.publish(hosts.urlOf(), { client_name }));
  expect(consent.html).toContain('&#60;b&#62;Your bank');
  expect(consent.html).not.toContain('<b>');
});

test('no picture and no page of the client is loaded or linked', async () => {
  const { hosts, server } = await startWithDocuments();
  const at = (path: string) => hosts.urlOf(path);
  const members = { logo_uri: at('/logo.png'), tos_uri: at('/terms'), policy_uri: at('/policy') };
  const { consent } = await come(server, hosts.publish(hosts.urlOf(), members));
  for (const uri of Object.values(members)) expect(consent.html).not.toContain(uri);
  expect(hosts.requests).toEqual([at('/client.json')]);
});

test('they warn of a client that is a program on the computer, and ask about it each time', async () => {
  const { hosts, server } = await startWithDocuments();
  const client = hosts.publish(hosts.urlOf(), { redirect_uris: ['http://localhost:3334/callback'] });
  const browser = new UserAgent(server.issuer);
  const { consent } = await come(server, client, browser);
  expect(says(consent.html)).toContain('You will then be sent to localhost:3334.');
  expect(says(consent.html)).toContain('any program on it can say that it is');
  expect(answerAt(await consent.press('Allow'), client)).toHaveProperty('code');
  const again = await browser.open(authorizationUrl(server.issuer, client));
  expect(again.heading).toMatch(/^Allow /);
  expect(says(again.html)).toContain('any program on it can say that it is');
});
