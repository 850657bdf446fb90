/** Two auth servers behind one address that are killed, replaced, and cut off from their database. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { emptyDatabase } from '../stores/empty-database.ts';
import { accessToken, requestsTo } from '../support/auth-server.ts';
import { codeFor, isActive, redeem, tokensOf } from '../support/code-flow.ts';
import { type Call, inWords, Load } from './support/load.ts';
import { startRelay } from './support/relay.ts';
import { startReady, startReplicas } from './support/replica-processes.ts';
import { createDatabase } from './support/server.ts';

/** How long it may take until a failure of one process no longer affects new requests, in milliseconds. */
const NOTICED_MS = 100;

/** How long a service may take to work again once its database is back, in milliseconds. */
const RECOVERY_MS = 2_000;

const created = createDatabase();
let settings: { DATABASE_URL: string; SEALING_KEYS: string };
beforeAll(async () => {
  settings = { DATABASE_URL: await created, SEALING_KEYS: randomBytes(32).toString('base64') };
});
beforeEach(() => emptyDatabase(settings.DATABASE_URL));

/** Starts load at an address, and waits until it has succeeded for a second. */
async function startLoad(issuer: string): Promise<Load> {
  const load = new Load(issuer);
  load.start();
  onTestFinished(() => load.stop());
  await sleep(1_000);
  expect(inWords(load.troubles)).toEqual([]);
  return load;
}

/** Expects that everything issued before, during and after the disturbance is still valid. */
async function expectNothingLost(load: Load): Promise<void> {
  await load.stop();
  expect(load.held).toBeGreaterThan(5);
  expect(inWords(await load.redeemAllHeld())).toEqual([]);
}

test('a code of one is redeemed at the other, and a token revoked at one is inactive at the other at once', async () => {
  const { issuer, replicas } = await startReplicas(settings);
  const [one, other] = replicas.map(({ url }) => requestsTo(url)) as [Requests, Requests];
  const { access_token } = await tokensOf(await redeem(other, await codeFor(one)));
  expect([await isActive(one, access_token), await isActive(other, access_token)]).toEqual([true, true]);
  const token = await accessToken(await requestsTo(issuer).requestToken());
  expect((await one.revoke(token)).status).toBe(200);
  expect([await isActive(other, token), await isActive(one, token)]).toEqual([false, false]);
});

type Requests = ReturnType<typeof requestsTo>;

test('each is killed and started again under load: only its running requests break, and nothing is lost', async () => {
  const { issuer, replicas } = await startReplicas(settings);
  const load = await startLoad(issuer);
  const deaths: number[] = [];
  // By the third time, everything that the load holds was issued after the first.
  for (const victim of [...replicas, replicas[0]]) {
    deaths.push(performance.now());
    await victim.kill();
    await sleep(500);
    await startReady(victim);
    await sleep(1_000);
  }
  await load.stop();
  const atDeath = ({ outcome, began, ended }: Call) =>
    outcome === 'broken' && deaths.some((death) => began < death + NOTICED_MS && ended > death);
  expect(inWords(load.troubles.filter((call) => !atDeath(call)))).toEqual([]);
  await expectNothingLost(load);
}, 60_000);

test('both are replaced one after the other under load, and not one request fails', async () => {
  const { issuer, replicas } = await startReplicas(settings);
  const load = await startLoad(issuer);
  for (const replica of replicas) {
    expect(await replica.stop()).toBe(0);
    await startReady(replica);
    await sleep(1_000);
  }
  await load.stop();
  expect(inWords(load.troubles)).toEqual([]);
  await expectNothingLost(load);
}, 60_000);

test('the database goes away under load: answers are 503 with Retry-After, and as before soon after it is back', async () => {
  const relay = await startRelay(settings.DATABASE_URL);
  const { issuer } = await startReplicas({ ...settings, DATABASE_URL: relay.url });
  const load = await startLoad(issuer);
  const gone = performance.now();
  relay.cut();
  await sleep(3_000);
  relay.mend();
  const back = performance.now();
  await sleep(RECOVERY_MS + 2_000);
  await load.stop();
  const refused = ({ outcome, began, ended }: Call) =>
    outcome === 'unavailable' && ended > gone && began < back + RECOVERY_MS;
  expect(inWords(load.troubles.filter((call) => !refused(call)))).toEqual([]);
  expect(load.troubles.length).toBeGreaterThan(20);
  await expectNothingLost(load);
}, 60_000);
