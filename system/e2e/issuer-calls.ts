/** Calls of the running issuer as one of its clients. */

/** A client, which authenticates by HTTP Basic (RFC 6749 §2.3.1). */
export interface Client {
  id: string;
  secret: string;
}

/** The values of a form, or of headers. */
type Values = Record<string, string>;

/** Gets an access token (RFC 6749 §5.1). */
export async function accessToken(issuer: string, client: Client, form: Values, headers: Values = {}) {
  const answer = await posted(`${issuer}/token`, client, form, headers);
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}

/** Revokes a token of the client (RFC 7009). */
export async function revokeToken(issuer: string, client: Client, token: string): Promise<void> {
  await posted(`${issuer}/revoke`, client, { token });
}

/**
 * Posts a form.
 *
 * @throws {Error} when the answer is another than 200
 */
async function posted(url: string, { id, secret }: Client, form: Values, headers: Values = {}) {
  const authorization = `Basic ${btoa(`${id}:${secret}`)}`;
  const body = new URLSearchParams(form);
  const answer = await fetch(url, { method: 'POST', headers: { authorization, ...headers }, body });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
