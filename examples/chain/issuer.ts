/** What the programs of this example ask the issuer for: tokens of a user, tokens for the next API, and the end of a token. */

/** A client of the issuer, as in `clients.json`. */
export interface Client {
  id: string;
  secret: string;
}

/** The answer of the token endpoint: a token (RFC 6749 §5.1), or why there is none (§5.2). */
export interface TokenAnswer {
  access_token?: string;
  scope?: string;
  error?: string;
  error_description?: string;
}

/** Gets a token of a user, by the password grant, since nobody is at a browser here. */
export async function signIn(
  issuer: string,
  client: Client,
  username: string,
  resource: string,
  scope: string,
) {
  const form = { grant_type: 'password', username, password: 'wonderland', resource, scope };
  return (await post(`${issuer}/token`, client, form)) as TokenAnswer;
}

/** Exchanges the token of a call for one for the next API (RFC 8693 §2.1). The client acts for the same user there. */
export async function exchange(
  issuer: string,
  client: Client,
  token: string,
  resource: string,
  scope: string,
) {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource,
    scope,
  };
  return (await post(`${issuer}/token`, client, form)) as TokenAnswer;
}

/** Revokes a token (RFC 7009). */
export async function revoke(issuer: string, client: Client, token: string): Promise<void> {
  await post(`${issuer}/revoke`, client, { token });
}

/** Asks what there is to know of a token (RFC 7662). */
export async function introspect(issuer: string, client: Client, token: string) {
  return (await post(`${issuer}/introspect`, client, { token })) as { active: boolean };
}

async function post(url: string, { id, secret }: Client, form: Record<string, string>): Promise<unknown> {
  const authorization = `Basic ${btoa(`${id}:${secret}`)}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  return text === '' ? {} : JSON.parse(text);
}
