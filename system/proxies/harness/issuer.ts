/** Tokens for the APIs behind the proxies, from the real issuer. */
import { type Key, signedProof } from 'shared/test/dpop.ts';

/** The secret of both clients in deploy/forward-auth/clients.json. */
const SECRET = 'only-for-trying-out';

/** A token of alice. */
export function userToken(issuer: string, resource: string, scope: string): Promise<string> {
  const form = { grant_type: 'password', username: 'alice', password: 'wonderland', resource, scope };
  return token(issuer, 'orders-app', form);
}

/** A token that a client has for itself; bound to a key where there is one (RFC 9449). */
export function clientToken(issuer: string, resource: string, key?: Key): Promise<string> {
  const form = { grant_type: 'client_credentials', resource, scope: 'orders:read' };
  return token(issuer, 'orders-job', form, key);
}

/** Revokes a token of {@link userToken}. */
export async function revoke(issuer: string, token: string): Promise<void> {
  await posted(`${issuer}/revoke`, 'orders-app', { token });
}

async function token(issuer: string, client: string, form: Record<string, string>, key?: Key) {
  const url = `${issuer}/token`;
  const proof = key && { dpop: await signedProof(key, { htm: 'POST', htu: url }) };
  const answer = (await (await posted(url, client, form, proof)).json()) as { access_token: string };
  return answer.access_token;
}

async function posted(url: string, client: string, form: Record<string, string>, headers = {}) {
  const authorization = `Basic ${btoa(`${client}:${SECRET}`)}`;
  const body = new URLSearchParams(form);
  const answer = await fetch(url, { method: 'POST', headers: { authorization, ...headers }, body });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
