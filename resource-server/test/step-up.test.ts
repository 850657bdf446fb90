/** Scopes of the API that ask how the user has signed in (RFC 9470), through the whole service. */
import { parseSettings } from 'shared/config/settings.ts';
import { faultsOf } from 'shared/test/faults-of.ts';
import { json, startUpstream } from 'shared/test/upstream.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../src/config.ts';
import { challengeOf, RESOURCE, startResourceServer, tokenOf } from './resource-server.ts';

const resource_metadata = `${RESOURCE}/.well-known/oauth-protected-resource`;
const error = 'insufficient_user_authentication';
const PWD = 'urn:time-chain:acr:pwd';

/** The time of the server, in seconds since the epoch. */
const NOW = 1_800_000_000;

/** Starts a server whose scopes ask for these sign-ins, and which finds this in a token for both of its endpoints. */
async function startStepUp(STEP_UP: string, facts: Parameters<typeof tokenOf>[0] = {}) {
  const token = tokenOf({ scope: 'current_time epoch_time', ...facts });
  const overrides = { introspect: async () => token, clock: () => NOW * 1000 };
  const server = await startResourceServer({ STEP_UP }, overrides);
  return { ...server, ask: (endpoint: string) => server.getWithToken(`/${endpoint}`) };
}

describe.each(['current_time', 'epoch_time'])('%s with a sign-in that its scope asks for', (endpoint) => {
  const asking = `${endpoint} max_age=60 acr=urn:example:mfa acr=${PWD}`;

  test.each<[what: string, facts: Parameters<typeof tokenOf>[0]]>([
    ['too long ago', { acr: PWD, auth_time: NOW - 61 }],
    ['in the future', { acr: PWD, auth_time: NOW + 600 }],
    ['at an unknown time', { acr: PWD }],
    ['in another way', { acr: 'urn:example:none', auth_time: NOW }],
    ['in an unknown way', { auth_time: NOW }],
  ])('challenges a user who signed in %s', async (_, facts) => {
    const { ask, lines } = await startStepUp(asking, facts);
    const response = await ask(endpoint);
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toEqual({
      error,
      error_description: expect.any(String),
      acr_values: `urn:example:mfa ${PWD}`,
      max_age: '60',
      resource_metadata,
    });
    expect(await response.json()).toMatchObject({ status: 401, error });
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'http.request', status: 401, user: 'alice' }),
    );
  });

  test('answers a user who signed in so', async () => {
    const { ask } = await startStepUp(asking, { acr: PWD, auth_time: NOW - 60 });
    expect((await ask(endpoint)).status).toBe(200);
  });

  test('says so in the OpenAPI document, and nothing of it at the other endpoint', async () => {
    const { get } = await startStepUp(asking);
    const { paths } = (await (await get('/openapi.json')).json()) as {
      paths: Record<string, { get: { responses: Record<string, { description: string }> } }>;
    };
    const described = (path: string) => paths[path]?.get.responses[401]?.description;
    expect(described(`/${endpoint}`)).toContain(error);
    expect(described(`/${endpoint}`)).toContain('at most 60 seconds ago');
    expect(described(`/${endpoint}`)).toContain(`as urn:example:mfa or ${PWD}`);
    expect(described(endpoint === 'epoch_time' ? '/current_time' : '/epoch_time')).not.toContain(error);
  });
});

test('the endpoint of another scope asks for nothing', async () => {
  const { ask } = await startStepUp('epoch_time max_age=60');
  expect((await ask('epoch_time')).status).toBe(401);
  expect((await ask('current_time')).status).toBe(200);
});

test('a missing scope is told before the sign-in', async () => {
  const { ask } = await startStepUp('epoch_time max_age=60', { scope: 'current_time' });
  const response = await ask('epoch_time');
  expect(response.status).toBe(403);
  expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'epoch_time' });
});

test("§6.2: the sign-in is read from the issuer's introspection answer", async () => {
  const now = Math.floor(Date.now() / 1000);
  const signIns = [
    { acr: PWD, auth_time: now },
    { acr: PWD, auth_time: now - 100 },
    { acr: 'urn:example:none', auth_time: now },
    {},
  ];
  const answers = signIns.map((signIn) => json({ ...tokenOf({ scope: 'epoch_time' }), ...signIn }));
  const { base } = await startUpstream((request, response) => answers.shift()?.(request, response));
  const { getWithToken } = await startResourceServer({
    ISSUER: base,
    STEP_UP: `epoch_time max_age=60 acr=${PWD}`,
  });
  const statuses = [];
  for (const _ of signIns) statuses.push((await getWithToken('/epoch_time')).status);
  expect(statuses).toEqual([200, 401, 401, 401]);
});

describe('the setting', () => {
  test.each<[text: string, read: object | undefined]>([
    ['', undefined],
    [' ; ', {}],
    ['epoch_time max_age=60', { epoch_time: { maxAge: 60 } }],
    ['epoch_time acr=urn:a acr=urn:b', { epoch_time: { acrValues: ['urn:a', 'urn:b'] } }],
    [
      ' epoch_time   max_age=31536000\tacr=urn:a=b ;current_time max_age=1;',
      { epoch_time: { maxAge: 31_536_000, acrValues: ['urn:a=b'] }, current_time: { maxAge: 1 } },
    ],
  ])('%j is read', (STEP_UP, read) => {
    expect(parseSettings(settingsSchema, { STEP_UP }).STEP_UP).toEqual(read);
  });

  test.each<[text: string, ...faults: string[]]>([
    ['max_age=60', 'entry 1 must begin with a scope', 'entry 1 must have max_age=SECONDS'],
    ['time max_age=60', 'entry 1 must begin with a scope of this API: current_time or epoch_time'],
    ['constructor max_age=60', 'entry 1 must begin with a scope'],
    ['epoch_time', 'entry 1 must have max_age=SECONDS, acr=CLASS or both after its scope'],
    ['epoch_time current_time max_age=60', 'entry 1 must have nothing but'],
    ['epoch_time maxage=60', 'entry 1 must have nothing but max_age=SECONDS and acr=CLASS after its scope'],
    ['epoch_time MAX_AGE=60', 'entry 1 must have nothing but'],
    ['epoch_time max_age = 60', 'entry 1 must have nothing but'],
    ['epoch_time max_age=60 max_age=5', 'entry 1 must have one max_age'],
    ['epoch_time acr=a acr=a', 'entry 1 must have one max_age, and each acr once'],
    ['epoch_time max_age=0', 'entry 1 must have a whole number from 1 to 31536000 as its max_age'],
    ['epoch_time max_age=31536001', 'entry 1 must have a whole number'],
    ['epoch_time max_age=-1', 'entry 1 must have a whole number'],
    ['epoch_time max_age=1.5', 'entry 1 must have a whole number'],
    ['epoch_time max_age=', 'entry 1 must have a whole number'],
    ['epoch_time max_age=60s', 'entry 1 must have a whole number'],
    ['epoch_time acr=', 'entry 1 must have one class in each acr'],
    ['epoch_time acr=a,b', 'entry 1 must have one class in each acr'],
    ['epoch_time acr="a"', 'entry 1 must have one class in each acr'],
    ['epoch_time acr=ä', 'entry 1 must have one class in each acr'],
    [
      'epoch_time max_age=60, current_time max_age=5',
      'entry 1 must have nothing but',
      'entry 1 must have one max_age',
      'entry 1 must have a whole number',
    ],
    ['epoch_time max_age=60; epoch_time acr=a', 'entry 2 must have another scope than the entries before it'],
    [
      'time max_age=0; ; epoch_time; epoch_time acr=',
      'entry 1 must begin',
      'entry 1 must have a whole number',
      'entry 2 must have max_age',
      'entry 3 must have another',
      'entry 3 must have one class',
    ],
  ])('%j is refused, and every fault is named', (STEP_UP, ...faults) => {
    const named = faultsOf(settingsSchema, { STEP_UP, ISSUER: 'nonsense' });
    expect(named.filter((fault) => !fault.startsWith('ISSUER: '))).toEqual(
      faults.map((fault) => expect.stringContaining(`STEP_UP: ${fault}`)),
    );
    expect(named).toContainEqual(expect.stringMatching(/^ISSUER: /));
  });
});
