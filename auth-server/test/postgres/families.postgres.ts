/** What each browser and device holds for itself, on a real server; and what an earlier version stored there. */
import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { appRegistration, describeFamilies, keeper, keeperRegistration } from '../grants/families.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { expectRefusal } from '../support/auth-server.ts';
import { answerAt, authorizationUrl, codeFor, redeem, refresh, tokensOf } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';
import { createUser } from './support/alice.ts';
import { createDatabase } from './support/server.ts';
import { PASSWORD, startWithUsers } from './support/with-users.ts';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));

/** One for all: a server that an earlier test left behind may be the first to make keys in the emptied database. */
const SEALING_KEYS = randomBytes(32).toString('base64');

async function open() {
  const server = await startWithUsers(url, { SEALING_KEYS }, [appRegistration, keeperRegistration]);
  await createUser(url, 'carol', PASSWORD);
  const path = `/users/${server.alice}`;
  const list = async () => {
    const answer = await server.call('GET', `${path}/grants`);
    const { items } = (await answer.json()) as {
      items: { id: string; client_id: string; scopes: string[] }[];
    };
    return items.map(({ id, client_id, scopes }) => ({ id, client: client_id, scopes }));
  };
  return {
    server,
    granted: list,
    async end(id: string) {
      expect((await server.call('DELETE', `${path}/grants/${id}`)).status).toBe(204);
    },
    async endAll() {
      const body = { password: 'another good one' };
      expect((await server.call('PUT', `${path}/password`, { body })).status).toBe(204);
    },
  };
}

describeFamilies('in PostgreSQL', open);

/** Makes what was stored so far look as an earlier version stored it: one grant, which is the consent as well. */
async function asBefore(): Promise<void> {
  const database = openDatabase(url, { connections: 1 });
  try {
    const grants = await database
      .selectFrom('artifacts')
      .select(['id', 'payload'])
      .where('model', '=', 'Grant')
      .where('grant_id', 'is not', null)
      .execute();
    expect(grants).toHaveLength(1);
    const [{ id, payload } = expect.unreachable()] = grants;
    const { consent, grantId, ...before } = payload as Record<string, unknown>;
    expect([typeof consent, typeof grantId]).toEqual(['string', 'string']);
    await database
      .updateTable('artifacts')
      .set({ payload: JSON.stringify(before), grant_id: null })
      .where('id', '=', id)
      .execute();
    await database.deleteFrom('artifacts').where('model', '=', 'Consent').execute();
    await database.deleteFrom('artifacts').where('model', '=', 'Grant').where('id', '!=', id).execute();
  } finally {
    await database.destroy();
  }
}

test('a grant of an earlier version stays good, is remembered, and ends with what came of it since', async () => {
  const { server, granted, end } = await open();
  const before = await tokensOf(await redeem(server, await codeFor(server, keeper), keeper));
  await asBefore();
  const first = await tokensOf(await refresh(server, before.refresh_token, keeper));
  const [shown] = await granted();
  expect(shown).toMatchObject({ client: 'keeper', scopes: ['current_time'] });

  const browser = new UserAgent(server.issuer);
  const page = await browser.open(authorizationUrl(server.issuer, keeper));
  const { code = '' } = answerAt(
    await page.press('Sign in', { username: 'alice', password: PASSWORD }),
    keeper,
  );
  const since = await tokensOf(await redeem(server, code, keeper));
  await expectRefusal(await redeem(server, code, keeper), 400, 'invalid_grant');
  await expectRefusal(await refresh(server, since.refresh_token, keeper), 400, 'invalid_grant');
  const second = await tokensOf(await refresh(server, first.refresh_token, keeper));

  const later = await tokensOf(await redeem(server, await codeFor(server, keeper, {}, browser), keeper));
  // The id that an administrator was shown before still names it.
  await end(shown?.id ?? '');
  await expectRefusal(await refresh(server, later.refresh_token, keeper), 400, 'invalid_grant');
  await expectRefusal(await refresh(server, second.refresh_token, keeper), 400, 'invalid_grant');
  expect(await granted()).toEqual([]);
});
