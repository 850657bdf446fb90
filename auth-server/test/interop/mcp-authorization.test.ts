/** What MCP clients need of an authorization server, beyond what other clients do (MCP 2026-07-28, Authorization). */
import { describe, expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  authorizationUrl,
  cli,
  cliRegistration,
  type Parameters,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const WELL_KNOWN = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([cliRegistration]) });

describe.each(WELL_KNOWN)('the metadata at %s', (path) => {
  test('says that PKCE with S256 is supported, that answers have `iss`, and that clients may be public', async () => {
    const { issuer } = await start();
    const metadata = await (await fetch(issuer + path)).json();
    expect(metadata).toMatchObject({
      issuer,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
      response_types_supported: ['code'],
      grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
    });
  });

  test('may be read by pages of every origin', async () => {
    const { issuer } = await start();
    const origin = 'https://app.example';
    const read = await fetch(issuer + path, { headers: { origin } });
    expect(read.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/app\.example)$/);
    expect(read.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('may be asked for with the header that MCP clients add, which browsers ask about first', async () => {
    const { issuer } = await start();
    const preflight = await fetch(issuer + path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'mcp-protocol-version',
      },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get('access-control-allow-origin')).not.toBeNull();
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/^(\*|mcp-protocol-version)$/i);
  });
});

describe('the answer to an authorization request has `iss`', () => {
  const answered = async (parameters: Parameters, decide = agree) => {
    const { issuer } = await start();
    const page = await new UserAgent(issuer).open(authorizationUrl(issuer, cli, parameters));
    return { answer: answerAt(await decide(page), cli), issuer };
  };

  test('with a code', async () => {
    const { answer, issuer } = await answered({});
    expect(answer).toEqual({ code: expect.any(String), state: 'the-state', iss: issuer });
  });

  test.each<[error: string, what: string, parameters: Parameters]>([
    ['login_required', 'nobody is signed in and no page may be shown', { prompt: 'none' }],
    ['invalid_scope', 'a scope is unknown', { scope: 'notes:read' }],
    ['invalid_target', 'a resource is unknown', { resource: 'https://mcp.example/mcp' }],
    ['invalid_request', 'PKCE is left out', { code_challenge: undefined, code_challenge_method: undefined }],
    ['invalid_request', 'PKCE is plain', { code_challenge_method: 'plain' }],
    ['invalid_request', 'a parameter is repeated', { scope: ['current_time', 'epoch_time'] }],
    ['unmet_authentication_requirements', 'nobody can sign in like that', { acr_values: 'urn:example:no' }],
    ['unsupported_response_mode', 'the mode is unknown', { response_mode: 'pigeon' }],
  ])('with %s, when %s', async (error, _what, parameters) => {
    const { answer, issuer } = await answered(parameters, async (page) => page);
    expect(answer).toMatchObject({ error, state: 'the-state', iss: issuer });
    expect(answer).not.toHaveProperty('code');
  });

  test('with access_denied, when the user declines', async () => {
    const { answer, issuer } = await answered({}, async (page) => {
      const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
      return consent.press('Do not allow');
    });
    expect(answer).toMatchObject({ error: 'access_denied', iss: issuer });
  });
});
