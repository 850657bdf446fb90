/** The token endpoint (RFC 6749 §3.2). */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import { accessToken, startAuthServer } from '../support/auth-server.ts';

describe('the password grant', () => {
  test('answers with a 5-second RFC 9068 token and no refresh token', async () => {
    const { issuer, requestToken } = await startAuthServer();
    const response = await requestToken({ scope: 'current_time' });
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, string>;
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 5,
      scope: 'current_time',
    });
    const token = String(body.access_token);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    const claims = decodeJwt(token);
    expect(claims).toEqual({
      iss: issuer,
      aud: 'http://localhost:5002',
      sub: 'alice',
      client_id: '1234',
      scope: 'current_time',
      jti: expect.any(String),
      iat: expect.any(Number),
      auth_time: claims.iat,
      acr: 'urn:time-chain:acr:pwd',
      exp: (claims.iat ?? 0) + 5,
    });
  });

  test('gives both scopes to a client that asks for none', async () => {
    const { requestToken } = await startAuthServer();
    const token = await accessToken(await requestToken());
    expect(decodeJwt(token).scope).toBe('current_time epoch_time');
  });
});
