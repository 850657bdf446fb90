/** Clients and browsers that keep an auth server busy, and note what they are answered. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestsTo } from '../../support/auth-server.ts';
import { authorizationUrl, redeem, refresh, type Tokens, thirdParty } from '../../support/code-flow.ts';
import { type Page, UserAgent } from '../../support/user-agent.ts';

/** How long each client rests between two things that it does, in milliseconds. */
const REST_MS = 50;

/** How much of a token's life must be left for its answers to tell anything, in milliseconds. */
const NEARLY_EXPIRED_MS = 1_000;

/** How long an access token lives, in milliseconds. */
const TOKEN_MS = 5_000;

/** What a call came to: what it should, a broken connection, a 503 that says when to come back, or anything else. */
export type Outcome = 'right' | 'broken' | 'unavailable' | 'wrong';

export interface Call {
  what: string;
  outcome: Outcome;
  /** By `performance.now()`. */
  began: number;
  ended: number;
  /** What came instead of what should. */
  answer: string;
}

interface Answer {
  status: number;
  retryAfter: string | null;
  /** Where a browser was sent away to. */
  location?: URL | undefined;
  body: string;
}

interface Result {
  outcome: Outcome;
  body: string;
}

/** A refresh token that was given last of its family, so that it must be good. */
interface Family {
  refreshToken: string;
}

interface Revoked {
  token: string;
  until: number;
}

/** Keeps what is at an address busy until it is stopped. */
export class Load {
  readonly calls: Call[] = [];
  readonly #server: ReturnType<typeof requestsTo>;
  readonly #families = new Set<Family>();
  #revoked: Revoked[] = [];
  #stopping = false;
  #clients: Promise<void>[] = [];

  constructor(issuer: string) {
    this.#server = requestsTo(issuer);
  }

  /** Calls go over connections that are kept, and none is repeated. */
  start(): void {
    const clients = [
      ...Array.from({ length: 4 }, () => () => this.#useTokens()),
      ...Array.from({ length: 2 }, () => () => this.#rotate()),
      () => this.#signIn(),
    ];
    this.#clients = clients.map((act) => this.#repeat(act));
  }

  /** Lets each client finish what it is at. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
  }

  /** The calls that did not come to what they should. */
  get troubles(): Call[] {
    return this.calls.filter(({ outcome }) => outcome !== 'right');
  }

  /** How many refresh tokens are held that must be good. */
  get held(): number {
    return this.#families.size;
  }

  /** Uses every refresh token that is held; the answers are the calls that did not come to what they should. */
  async redeemAllHeld(): Promise<Call[]> {
    const from = this.calls.length;
    for (const family of [...this.#families]) await this.#refresh(family);
    return this.calls.slice(from).filter(({ outcome }) => outcome !== 'right');
  }

  async #repeat(act: () => Promise<void>): Promise<void> {
    while (!this.#stopping) {
      await act();
      await sleep(REST_MS);
    }
  }

  /** A token by password, which is good, and no more once it is revoked. */
  async #useTokens(): Promise<void> {
    const issued = await this.#call('token', () => this.#server.requestToken().then(answered), ok);
    if (issued.outcome !== 'right') return;
    const { access_token: token } = tokensIn(issued.body);
    const until = performance.now() + TOKEN_MS - NEARLY_EXPIRED_MS;
    await this.#introspect(token, true, until);
    const revocation = await this.#call('revocation', () => this.#server.revoke(token).then(answered), ok);
    if (revocation.outcome !== 'right') return;
    this.#revoked = [...this.#revoked.filter((one) => one.until > performance.now()), { token, until }];
    await this.#introspect(token, false, until);
    // What was revoked a while ago stays so, whatever has happened to the replica that was told.
    const [oldest] = this.#revoked;
    if (oldest) await this.#introspect(oldest.token, false, oldest.until);
  }

  async #introspect(token: string, active: boolean, until: number): Promise<void> {
    const what = active ? 'introspection' : 'introspection of a revoked token';
    await this.#call(
      what,
      () => this.#server.introspect(token).then(answered),
      // An answer that took so long is about a token that may have expired.
      (answer) => ok(answer) && (JSON.parse(answer.body).active === active || performance.now() > until),
    );
  }

  /** A refresh token of those that are held is used, and the one that comes for it held. */
  async #rotate(): Promise<void> {
    const [family] = this.#families;
    if (family) await this.#refresh(family);
  }

  async #refresh(family: Family): Promise<void> {
    // Nobody else may use it meanwhile.
    this.#families.delete(family);
    const { outcome, body } = await this.#call(
      'refresh',
      () => refresh(this.#server, family.refreshToken).then(answered),
      ok,
    );
    if (outcome === 'right') this.#families.add({ refreshToken: tokensIn(body).refresh_token });
    // Without any answer nobody knows whether it was used.
    if (outcome === 'unavailable') this.#families.add(family);
  }

  /** Somebody new signs in, allows a client what it asks for, and it redeems its code. */
  async #signIn(): Promise<void> {
    const { issuer } = this.#server;
    const browser = new UserAgent(issuer);
    const user = { username: `user-${randomUUID()}`, password: 'wonderland' };
    const signIn = await this.#open('authorization', () =>
      browser.open(authorizationUrl(issuer, thirdParty)),
    );
    const consent = signIn && (await this.#open('sign-in', () => signIn.press('Sign in', user)));
    const end = consent && (await this.#open('consent', () => consent.press('Allow')));
    const code = end?.target?.searchParams.get('code');
    if (!code) return;
    const { outcome, body } = await this.#call(
      'redemption',
      () => redeem(this.#server, code).then(answered),
      ok,
    );
    if (outcome === 'right') this.#families.add({ refreshToken: tokensIn(body).refresh_token });
  }

  async #open(what: string, send: () => Promise<Page>): Promise<Page | undefined> {
    let page: Page | undefined;
    const call = async () => {
      page = await send();
      const { status, headers } = page.response;
      return { status, retryAfter: headers.get('retry-after'), location: page.target, body: page.html };
    };
    const isRight = (answer: Answer) => ok(answer) || answer.location?.searchParams.has('code') === true;
    const { outcome } = await this.#call(what, call, isRight);
    return outcome === 'right' ? page : undefined;
  }

  async #call(
    what: string,
    send: () => Promise<Answer>,
    isRight: (answer: Answer) => boolean,
  ): Promise<Result> {
    const began = performance.now();
    const { outcome, body } = await send().then<Result, Result>(
      (answer) => ({ outcome: outcomeOf(answer, isRight), body: answer.body }),
      (error: Error) => ({
        outcome: isBroken(error) ? 'broken' : 'wrong',
        body: String(error.cause ?? error),
      }),
    );
    const answer = outcome === 'right' ? '' : body.slice(0, 500);
    this.calls.push({ what, outcome, began, ended: performance.now(), answer });
    return { outcome, body };
  }
}

function outcomeOf(answer: Answer, isRight: (answer: Answer) => boolean): Outcome {
  if (isRight(answer)) return 'right';
  return isOutage(answer) ? 'unavailable' : 'wrong';
}

function isOutage({ status, retryAfter, location }: Answer): boolean {
  // A client is told through the browser, which shows no status (RFC 6749 §4.1.2.1).
  if (location?.searchParams.get('error') === 'temporarily_unavailable') return true;
  return status === 503 && /^\d+$/.test(retryAfter ?? '');
}

/** Calls in few words, with how many were alike. */
export function inWords(calls: Call[]): string[] {
  const alike = Object.groupBy(calls, ({ what, outcome, answer }) => `${outcome}: ${what}: ${answer}`);
  return Object.entries(alike).map(([words, calls = []]) => `${calls.length} ${words}`);
}

/** So `fetch` tells of a connection that could not be made, or ended before the answer did. */
function isBroken(error: Error): boolean {
  return error instanceof TypeError;
}

const ok = ({ status }: Answer) => status === 200;

async function answered(response: Response): Promise<Answer> {
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: await response.text(),
  };
}

function tokensIn(body: string): Tokens {
  return JSON.parse(body) as Tokens;
}
