/** A browser without a screen: it keeps cookies, follows redirects at the issuer, and fills forms in from their HTML. */
import { createHash } from 'node:crypto';
import { endpointAt } from 'shared/config/settings.ts';
import { expect } from 'vitest';

interface Cookie {
  name: string;
  value: string;
  path: string;
  /** In milliseconds since 1970; a cookie without one stays. */
  expires: number;
}

export class UserAgent {
  readonly issuer: string;
  cookies: Cookie[] = [];

  constructor(issuer: string) {
    this.issuer = issuer;
  }

  /** Opens an address, or a path of the issuer, and follows redirects up to a page that waits for the user or to another origin. */
  async open(address: string | URL, request: RequestInit = {}): Promise<Page> {
    const isOfIssuer = typeof address === 'string' && address.startsWith('/');
    const url = new URL(isOfIssuer ? endpointAt(this.issuer, address.slice(1)) : address);
    const response = await fetch(url, {
      ...request,
      redirect: 'manual',
      headers: {
        accept: 'text/html,application/xhtml+xml',
        cookie: this.#cookiesFor(url),
        ...(request.headers as object),
      },
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const location = response.headers.get('location');
    const target = location === null ? undefined : new URL(location, url);
    if (target?.origin === url.origin) return this.open(target);
    const onward = /^0;url=(.*)$/.exec(response.headers.get('refresh') ?? '')?.[1];
    if (onward !== undefined) return this.#leave(new URL(onward, url), url, response);
    const page = new Page(this, url, response, await response.text(), target);
    const { action, fields } = page.selfPosted ?? {};
    return action?.origin === url.origin
      ? this.open(action, { method: 'POST', body: new URLSearchParams(fields) })
      : page;
  }

  /** Goes to where a page leads on. */
  async #leave(target: URL, url: URL, response: Response): Promise<Page> {
    if (target.origin === url.origin) return this.open(target);
    return new Page(this, url, response, await response.text(), target);
  }

  #cookiesFor({ pathname }: URL): string {
    const sent = this.cookies.filter(
      ({ path, expires }) =>
        expires > Date.now() && (pathname === path || `${pathname}/`.startsWith(`${path}/`) || path === '/'),
    );
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const attribute = (wanted: string) =>
      attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = attribute('path') ?? '/';
    this.cookies = this.cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
    const expires = Date.parse(attribute('expires') ?? '9999-12-31');
    if (expires > Date.now()) this.cookies.push({ name, value, path, expires });
  }
}

/** The page that a browser shows, or the address at another origin that it was sent to. */
export class Page {
  readonly url: URL;
  readonly response: Response;
  readonly html: string;
  /** The address at another origin that the browser was redirected to. */
  readonly target: URL | undefined;
  readonly #browser: UserAgent;

  constructor(browser: UserAgent, url: URL, response: Response, html: string, target: URL | undefined) {
    this.#browser = browser;
    this.url = url;
    this.response = response;
    this.html = html;
    this.target = target;
  }

  get heading(): string | undefined {
    return this.#text(/<h1>(.*?)<\/h1>/s);
  }

  get alert(): string | undefined {
    return this.#text(/<p[^>]*role="alert"[^>]*>(.*?)<\/p>/s);
  }

  /** The items of the page's list. */
  get items(): string[] {
    return [...this.html.matchAll(/<li>(.*?)<\/li>/gs)].map(([, item = '']) => plain(item));
  }

  /** The texts of the page's buttons. */
  get buttons(): string[] {
    return [...this.html.matchAll(/<button[^>]*>(.*?)<\/button>/gs)].map(([, text = '']) => plain(text));
  }

  /** The value of an input. */
  valueOf(input: string): string | undefined {
    return attributesOf(this.html.match(new RegExp(`<input[^>]*name="${input}"[^>]*>`))?.[0] ?? '').value;
  }

  /** The boxes of the page by their labels, and whether each is ticked. */
  get boxes(): Record<string, boolean> {
    return Object.fromEntries(this.#boxes.map(({ label, isTicked }) => [label, isTicked]));
  }

  get #boxes(): { label: string; value: string; isTicked: boolean }[] {
    return [...this.html.matchAll(/<label[^>]*><input type="checkbox"([^>]*)>(.*?)<\/label>/gs)].map(
      ([, attributes = '', label = '']) => ({
        label: plain(label),
        value: attributesOf(attributes).value ?? '',
        isTicked: / checked$/.test(attributes),
      }),
    );
  }

  /** The form of the button with this text, as it would be posted, with these inputs filled in. */
  form(
    button: string,
    filledIn: Record<string, string> = {},
  ): { action: URL; fields: Record<string, string> } {
    const pressed = [...this.html.matchAll(/<button([^>]*)>(.*?)<\/button>/gs)].find(
      ([, , text = '']) => plain(text) === button,
    );
    if (pressed === undefined) throw new Error(`no button "${button}" on the page "${this.heading}"`);
    const { form: formId, name, value = '' } = attributesOf(pressed[1] ?? '');
    const form = [...this.html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].find(
      ([, attributes = '', content]) =>
        formId === undefined ? content?.includes(pressed[0]) : attributesOf(attributes).id === formId,
    );
    if (form === undefined) throw new Error(`the button "${button}" is in no form`);
    const inputs = [...(form[2] ?? '').matchAll(/<input([^>]*)>/g)]
      .map(([, text = '']) => attributesOf(text))
      .filter(({ type }) => type !== 'checkbox');
    const fields = Object.fromEntries(inputs.map((input) => [input.name ?? '', input.value ?? '']));
    for (const input of Object.keys(filledIn)) expect(Object.keys(fields)).toContain(input);
    return {
      action: new URL(attributesOf(form[1] ?? '').action ?? '', this.url),
      fields: { ...fields, ...filledIn, ...(name !== undefined && { [name]: value }) },
    };
  }

  /** The form that the page posts by itself; undefined when its policy does not allow the script. */
  get selfPosted(): { action: URL; fields: Record<string, string> } | undefined {
    const script = this.html.match(/<script>(.*?)<\/script>/s)?.[1];
    if (script?.includes('document.forms[0].submit()') !== true) return undefined;
    const hash = createHash('sha256').update(script).digest('base64');
    const policy = this.response.headers.get('content-security-policy') ?? '';
    return policy.includes(`script-src 'sha256-${hash}';`) ? this.form('Continue') : undefined;
  }

  /** Fills inputs in and presses the button with this text. Boxes stay as they are unless it is said by their labels. */
  async press(
    button: string,
    filledIn: Record<string, string> = {},
    boxes: Record<string, boolean> = {},
  ): Promise<Page> {
    const { action, fields } = this.form(button, filledIn);
    for (const label of Object.keys(boxes)) expect(Object.keys(this.boxes)).toContain(label);
    const ticked = this.#boxes.filter(({ label, isTicked }) => boxes[label] ?? isTicked);
    const scopes = ticked.map(({ value }) => ['scope', value] as [string, string]);
    return this.#browser.open(action, {
      method: 'POST',
      body: new URLSearchParams([...Object.entries(fields), ...scopes]),
      headers: { 'sec-fetch-site': 'same-origin' },
    });
  }

  #text(pattern: RegExp): string | undefined {
    const found = this.html.match(pattern)?.[1];
    return found === undefined ? undefined : plain(found);
  }
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value = '']) => [name, plain(value)]),
  );
}

/** HTML as a reader sees it. */
function plain(html: string): string {
  return html
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
