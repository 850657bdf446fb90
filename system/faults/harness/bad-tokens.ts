/** Access tokens that the API must refuse. */
import { randomBytes } from 'node:crypto';
import type { System } from './linked-system.ts';

/** A token with the right claims and a random signature. */
export function forgedToken(): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'of-the-fault-suite' };
  const claims = {
    sub: 'mallory',
    client_id: '1234',
    scope: 'current_time epoch_time',
    iat: now,
    exp: now + 60,
  };
  return `${encode(header)}.${encode(claims)}.${randomBytes(64).toString('base64url')}`;
}

/** Gets a real token. The returned function gives a forged token until the real one has expired, and then the real one. */
export async function expiringToken({ services }: System): Promise<() => string> {
  const response = await fetch(`${services['auth-server'].url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('1234:qwerty')}` },
    body: new URLSearchParams({ grant_type: 'password', username: 'carol', password: 'x' }),
  });
  const { access_token, expires_in } = (await response.json()) as {
    access_token: string;
    expires_in: number;
  };
  const expired = Date.now() + expires_in * 1000;
  return () => (Date.now() > expired ? access_token : forgedToken());
}
