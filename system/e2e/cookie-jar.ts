/** A minimal browser: it sends the cookies that earlier answers set. */

export interface CookieJar {
  /** Makes one request without following redirects; a POST when it has a form. */
  visit(url: string, form?: Record<string, string>): Promise<Response>;
  /** The values of all cookies that were ever set. */
  values: Set<string>;
}

export function cookieJar(): CookieJar {
  const cookies = new Map<string, string>();
  const values = new Set<string>();
  return {
    values,
    async visit(url, form) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie },
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
        if (value !== '') values.add(value);
      }
      return response;
    },
  };
}

/** Where an answer sends the browser. */
export function locationOf(response: Response): URL {
  return new URL(String(response.headers.get('location')), response.url);
}
