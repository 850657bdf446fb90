/** `examples/mcp-server`, used by the official TypeScript client, and by attackers. */

import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CALLBACK, connect, inBrowser } from './mcp-client.ts';
import { BRIEF_S, type McpServers, startMcpServers } from './mcp-servers.ts';

let mcp: McpServers;
beforeAll(async () => {
  mcp = await startMcpServers();
});
afterAll(() => mcp?.stop());

const connected = (server: string, visit = inBrowser(mcp.issuer)) => connect(server, visit);

describe('a client that knows the URL of the server alone', () => {
  test('registers itself, has its user sign in, and calls a tool', async () => {
    const application = await connected(mcp.notes);
    expect(await application.tools()).toEqual(['list_notes', 'add_note']);
    expect(await application.call('list_notes')).toBe('You have no notes.');
    const { asked, tokens, client } = application.kept;
    expect(client?.client_id).toBeTruthy();
    expect(asked).toHaveLength(1);
    expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toMatchObject({
      scope: 'notes:read',
      resource: mcp.notes,
      redirect_uri: CALLBACK,
      code_challenge_method: 'S256',
    });
    expect(decodeJwt(tokens?.access_token ?? '')).toMatchObject({ aud: mcp.notes, sub: 'alice' });
    await application.close();
  });

  test('steps up to the second scope when a tool needs it, and its user is asked for what is new', async () => {
    const pages: string[][] = [];
    const visit = inBrowser(mcp.issuer, async (page) => {
      const consent =
        page.heading === 'Sign in'
          ? await page.press('Sign in', { username: 'carol', password: 'wonderland' })
          : page;
      // What was allowed before is below a heading of its own.
      pages.push(
        [...(consent.html.split('You allowed before')[0] ?? '').matchAll(/<li><span>(.*?)</g)].map(String),
      );
      return consent.press('Allow');
    });
    const application = await connected(mcp.notes, visit);
    expect(await application.call('list_notes')).toBe('You have no notes.');
    expect(await application.call('add_note', { note: 'Buy milk' })).toBe('You have 1 notes.');
    expect(await application.call('list_notes')).toBe('Buy milk');
    const scopes = application.kept.asked.map(({ searchParams }) => searchParams.get('scope'));
    expect(scopes).toEqual(['notes:read', 'notes:read notes:write']);
    expect(pages[0]?.join()).toContain('See your notes');
    expect(pages[1]?.join()).toContain('Change your notes');
    expect(pages[1]?.join()).not.toContain('See your notes');
    await application.close();
  });

  test('refreshes its token when it has expired, without its user and without offline_access', async () => {
    const application = await connected(mcp.brief);
    const { tokens: first } = application.kept;
    expect(first?.refresh_token).toBeTruthy();
    await sleep((BRIEF_S + 1) * 1_000);
    expect(await application.call('list_notes')).toBe('You have no notes.');
    const { tokens: second, asked } = application.kept;
    expect(second?.access_token).not.toBe(first?.access_token);
    expect(second?.refresh_token).not.toBe(first?.refresh_token);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.searchParams.get('scope')).not.toContain('offline_access');
    await application.close();
  });

  test('is asked for its user again when its tokens were revoked', async () => {
    const application = await connected(mcp.notes);
    const { tokens, client } = application.kept;
    const revoked = await fetch(`${mcp.issuer}/revoke`, {
      method: 'POST',
      body: new URLSearchParams({
        token: tokens?.refresh_token ?? '',
        client_id: client?.client_id ?? '',
      }),
    });
    expect(revoked.status).toBe(200);
    expect((await callWith(tokens?.access_token)).status).toBe(401);
    expect(await application.call('list_notes')).toBe('You have no notes.');
    expect(application.kept.asked.length).toBeGreaterThan(1);
    await application.close();
  });

  test('may write a slash at the end of the URL', async () => {
    const application = await connected(`${mcp.notes}/`);
    expect(await application.call('list_notes')).toBe('You have no notes.');
    expect(decodeJwt(application.kept.tokens?.access_token ?? '').aud).toBe(mcp.notes);
    await application.close();
  });

  test('gets nothing when its user declines, and is told by whom', async () => {
    const visit = inBrowser(mcp.issuer, async (page) => {
      const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
      return consent.press('Do not allow');
    });
    let answer: URLSearchParams | undefined;
    const declined = connected(mcp.notes, async (address) => (answer = await visit(address)));
    await expect(declined).rejects.toThrow();
    expect(Object.fromEntries(answer ?? [])).toMatchObject({ error: 'access_denied', iss: mcp.issuer });
  });
});

describe('the metadata of the server', () => {
  test('names the server as clients know it, at the place with its path and at that without', async () => {
    const { origin } = new URL(mcp.notes);
    const place = `${origin}/.well-known/oauth-protected-resource`;
    for (const url of [`${place}/mcp`, place]) {
      const response = await fetch(url, { headers: { origin: 'https://app.example' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(await response.json()).toMatchObject({
        resource: mcp.notes,
        authorization_servers: [mcp.issuer],
        scopes_supported: ['notes:read', 'notes:write'],
      });
    }
  });

  test('is where the challenge leads, which says what to ask the user for, and never for offline_access', async () => {
    const response = await callWith(undefined);
    expect(response.status).toBe(401);
    const challenge = response.headers.get('www-authenticate') ?? '';
    const { origin } = new URL(mcp.notes);
    expect(challenge).toContain(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`);
    expect(challenge).toMatch(/^Bearer scope="notes:read",/);
  });
});

describe('the server refuses', () => {
  test('a token for another MCP server', async () => {
    const application = await connected(mcp.brief);
    const response = await callWith(application.kept.tokens?.access_token);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    await application.close();
  });

  test('a tool that the scope of the token does not allow, with all scopes that it needs', async () => {
    const application = await connected(mcp.notes);
    const token = application.kept.tokens?.access_token;
    const response = await callWith(token, 'add_note', { note: 'Not allowed' });
    expect(response.status).toBe(403);
    const challenge = response.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('scope="notes:read notes:write"');
    expect(challenge).toContain('resource_metadata="');
    expect(await application.call('list_notes')).not.toContain('Not allowed');
    await application.close();
  });

  test('a tool that is hidden in a list of calls', async () => {
    const application = await connected(mcp.notes);
    const calls = [messageOf('list_notes', {}), messageOf('add_note', { note: 'Hidden' })];
    const response = await post(mcp.notes, calls, application.kept.tokens?.access_token);
    expect(response.status).toBe(400);
    expect(await application.call('list_notes')).not.toContain('Hidden');
    await application.close();
  });

  test('a header that names another tool than the call', async () => {
    const application = await connected(mcp.notes);
    const headers = { 'mcp-method': 'tools/call', 'mcp-name': 'list_notes' };
    const message = messageOf('add_note', { note: 'Renamed' });
    const response = await post(mcp.notes, message, application.kept.tokens?.access_token, headers);
    expect(response.status).toBe(403);
    await application.close();
  });

  test('a token in the query', async () => {
    const application = await connected(mcp.notes);
    const token = application.kept.tokens?.access_token ?? '';
    const response = await post(`${mcp.notes}?access_token=${token}`, messageOf('list_notes', {}), undefined);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(token);
    await application.close();
  });

  test.each([
    ['one that nobody issued', () => 'nonsense'],
    [
      'one that was changed',
      (token: string) => {
        const [header, , signature] = token.split('.');
        const claims = { ...decodeJwt(token), scope: 'notes:read notes:write' };
        return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
      },
    ],
    [
      'one without a signature',
      (token: string) =>
        [Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url'), token.split('.')[1], ''].join(
          '.',
        ),
    ],
  ])('a token that is none: %s', async (_what, forged) => {
    const application = await connected(mcp.notes);
    const response = await callWith(forged(application.kept.tokens?.access_token ?? ''));
    expect(response.status).toBe(401);
    await application.close();
  });

  test('a token that its client got for itself', async () => {
    const response = await fetch(`${mcp.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('notes-mcp:a-long-random-value')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: mcp.notes }),
    });
    expect(response.ok).toBe(false);
  });

  test('a page of another site that calls it from the browser of its user', async () => {
    const response = await post(mcp.notes, messageOf('list_notes', {}), undefined, {
      origin: 'https://evil.example',
    });
    expect(response.status).toBe(403);
  });

  test('one user the notes of another', async () => {
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map((username) =>
        connected(
          mcp.notes,
          inBrowser(mcp.issuer, async (page) => {
            const consent =
              page.heading === 'Sign in'
                ? await page.press('Sign in', { username, password: 'wonderland' })
                : page;
            return consent.heading?.startsWith('Allow ') ? consent.press('Allow') : consent;
          }),
        ),
      ),
    );
    await alice?.call('add_note', { note: 'Of alice' });
    expect(await bob?.call('list_notes')).toBe('You have no notes.');
    await Promise.all([alice?.close(), bob?.close()]);
  });
});

test('no token is in what the services and the server write', () => {
  expect(mcp.output()).not.toMatch(/eyJ[\w-]+\.eyJ/);
});

function callWith(token: string | undefined, tool = 'list_notes', input: object = {}): Promise<Response> {
  return post(mcp.notes, messageOf(tool, input), token);
}

function messageOf(name: string, input: object): object {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input } };
}

function post(
  url: string,
  message: object,
  token: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(message),
  });
}
