/** HTTP Basic credentials of an OAuth client. */

/** The value of an Authorization header. The id and the secret are percent-encoded first, as RFC 6749 §2.3.1 asks. */
export function basicCredentials(clientId: string, clientSecret: string): string {
  const encode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`;
}
