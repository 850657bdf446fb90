/** Requests that write the rows of one grant, or of one user, at the same time, on a real server. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { startAuthServer } from '../support/auth-server.ts';
import {
  type AuthServer,
  authorizationUrl,
  codeFor,
  isActive,
  redeem,
  refresh,
  type Tokens,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';
import { createDatabase } from './support/server.ts';

/** How many callers there are at once, and how often each of them does all of it. */
const CALLERS = 8;
const ROUNDS = 12;

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));

const start = (settings: Record<string, string> = {}) =>
  startAuthServer({
    DATABASE_URL: url,
    SEALING_KEYS: randomBytes(32).toString('base64'),
    USER_DIRECTORY: 'accept-anyone',
    ...settings,
  });

/** Each refresh token is used once, so that each use writes. */
const ROTATION_WITHOUT_OVERLAP = { REFRESH_TOKEN_ROTATION: 'all', REFRESH_TOKEN_OVERLAP_SECONDS: '0' };

/** How many deadlocks the server has found in this database. */
async function deadlocks(): Promise<number> {
  const database = openDatabase(url, { connections: 1 });
  const others = sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'auth-server' and pid <> pg_backend_pid()`;
  try {
    // A connection tells what it has met when it ends, and else when it likes.
    await expect.poll(async () => (await others.execute(database)).rows, { timeout: 5_000 }).toEqual([]);
    const { rows } = await sql<{ count: number }>`
      select deadlocks::int as count from pg_stat_database where datname = current_database()`.execute(
      database,
    );
    return Number(rows[0]?.count);
  } finally {
    await database.destroy();
  }
}

/** Expects that whatever is done until the test is finished makes no deadlock. */
async function expectNoDeadlock(): Promise<void> {
  const before = await deadlocks();
  onTestFinished(async () => expect(await deadlocks()).toBe(before));
}

const times = <Answer>(count: number, act: (turn: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, (_, turn) => act(turn)));

/** The refresh tokens of one grant, which a server that replaces them gives for parallel refreshes. */
async function family(server: AuthServer, size: number): Promise<string[]> {
  const { refresh_token } = await tokensFor(server);
  const answers = await times(size, () => refresh(server, refresh_token));
  return Promise.all(answers.map(async (answer) => (await tokensOf(answer)).refresh_token));
}

test.each(['public', 'all'])(
  'eight callers sign in one user, refresh and revoke while refresh tokens of %s clients are replaced: each revocation succeeds, and nobody fails',
  async (REFRESH_TOKEN_ROTATION) => {
    const server = await start({ REFRESH_TOKEN_ROTATION });
    await expectNoDeadlock();
    const statuses: Record<string, number[]> = { redemption: [], refresh: [], revocation: [] };
    const noted = async (what: string, response: Response) => {
      statuses[what]?.push(response.status);
      return (await response.json().catch(() => ({}))) as Partial<Tokens>;
    };
    await times(CALLERS, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const redeemed = await noted('redemption', await redeem(server, await codeFor(server)));
        if (redeemed.refresh_token === undefined) continue;
        const refreshed = await noted('refresh', await refresh(server, redeemed.refresh_token));
        const token = refreshed.refresh_token ?? redeemed.refresh_token;
        await noted('revocation', await server.revoke(token, thirdParty));
      }
    });
    expect(statuses.revocation?.length).toBeGreaterThan(CALLERS);
    expect(new Set(statuses.revocation)).toEqual(new Set([200]));
    // They share the user's grant, and may find it ended by another.
    const others = [...(statuses.redemption ?? []), ...(statuses.refresh ?? [])];
    expect(others.filter((status) => status !== 200 && status !== 400)).toEqual([]);
  },
  60_000,
);

test('all tokens of one grant are revoked at once, each twice: all succeed, and none is good', async () => {
  const server = await start({ REFRESH_TOKEN_ROTATION: 'all' });
  await expectNoDeadlock();
  for (let round = 0; round < 5; round += 1) {
    const tokens = await family(server, 6);
    const answers = await Promise.all(
      [...tokens, ...tokens].map((token) => server.revoke(token, thirdParty)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const token of tokens) expect((await refresh(server, token)).status).toBe(400);
  }
}, 60_000);

test('a refresh token is used ten times at once: nobody fails, and nothing of its grant is good', async () => {
  const server = await start(ROTATION_WITHOUT_OVERLAP);
  await expectNoDeadlock();
  for (let round = 0; round < 5; round += 1) {
    const { refresh_token } = await tokensFor(server);
    const answers = await times(10, () => refresh(server, refresh_token));
    expect(answers.filter(({ status }) => status !== 200 && status !== 400)).toEqual([]);
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    for (const answer of given)
      expect(await isActive(server, (await tokensOf(answer)).access_token)).toBe(false);
    expect((await refresh(server, refresh_token)).status).toBe(400);
  }
}, 60_000);

test('eight browsers of one user sign out while clients revoke and refresh: nobody fails', async () => {
  const server = await start();
  await expectNoDeadlock();
  const other = { ...thirdParty };
  for (let round = 0; round < 3; round += 1) {
    const browsers = await times(CALLERS, async () => {
      const browser = new UserAgent(server.issuer);
      return { browser, tokens: await tokensFor(server, other, {}, browser) };
    });
    const pages = await Promise.all(browsers.map(({ browser }) => browser.open('/logout')));
    const answers = await Promise.all([
      ...pages.map(async (page) => (await page.press(String(page.buttons[0]))).response.status),
      ...browsers.map(async ({ tokens }) => (await server.revoke(tokens.refresh_token, other)).status),
      ...browsers.map(async ({ tokens }) => (await refresh(server, tokens.refresh_token, other)).status),
      ...browsers.map(
        async ({ browser }) => (await browser.open(authorizationUrl(server.issuer, other))).response.status,
      ),
    ]);
    expect(answers.filter((status) => status >= 500)).toEqual([]);
  }
}, 60_000);
