/** What the list of grants and sessions does over every artifact store. */
import { describe, expect, test } from 'vitest';
import { unlessEnded } from '../../../src/oidc/grants/ended-sessions.ts';
import { grantList } from '../../../src/oidc/grants/stored-grants.ts';
import { done, refused } from '../../support/results.ts';
import { found, type OpenStore } from './artifact-store.ts';

const DAY = 24 * 60 * 60;
const API = 'http://localhost:5002';

export function describeGrantList(name: string, open: () => Promise<OpenStore>): void {
  async function openList() {
    const { store, pass } = await open();
    const iat = Math.floor(Date.now() / 1_000);
    const times = { iat, exp: iat + DAY };
    const grant = (id: string, accountId: string, more: object = {}) =>
      store.upsert('Grant', id, { jti: id, accountId, clientId: 'app', ...times, ...more }, DAY);
    const consent = (id: string, accountId: string, more: object = {}) =>
      store.upsert('Consent', id, { jti: id, accountId, clientId: 'app', ...times, ...more }, DAY);
    const session = (cookie: string, accountId: string, more: object = {}) =>
      store.upsert(
        'Session',
        cookie,
        { jti: cookie, uid: `uid-of-${cookie}`, accountId, ...times, ...more },
        DAY,
      );
    const token = (id: string, grantId: string, model = 'RefreshToken') =>
      store.upsert(model, id, { jti: id, grantId }, DAY);
    return {
      store,
      pass,
      list: grantList(store, (work) => work()),
      grant,
      consent,
      session,
      token,
      ...times,
    };
  }

  describe(`the grants of a user ${name}`, () => {
    test('are told with their client, scopes and times, the newest first', async () => {
      const { list, consent, grant, pass, iat, exp } = await openList();
      await consent('one', 'alice', { openid: { scope: 'openid email' }, clientId: 'another' });
      await pass(1);
      await consent('two', 'alice', {
        openid: { scope: 'openid' },
        resources: { [API]: 'current_time openid' },
      });
      await grant('without-one', 'alice', { openid: { scope: 'openid' }, clientId: 'first-party' });
      await consent('other', 'bob');
      const times = { createdAt: new Date(iat * 1_000), expiresAt: new Date(exp * 1_000) };
      expect(await list.grants('alice')).toEqual([
        { id: 'two', clientId: 'app', scopes: ['openid', 'current_time'], ...times },
        { id: 'one', clientId: 'another', scopes: ['openid', 'email'], ...times },
        { id: 'without-one', clientId: 'first-party', scopes: ['openid'], ...times },
      ]);
      expect(await list.grants('nobody')).toEqual([]);
    });

    test('are one for each client, with all that browsers and devices hold of it', async () => {
      const { list, consent, grant, iat, exp } = await openList();
      await grant('held', 'alice', { openid: { scope: 'openid' }, iat: iat - 5, consent: 'given' });
      await grant('from-before', 'alice', { openid: { scope: 'email' }, exp: exp + 5 });
      await consent('given', 'alice', { openid: { scope: 'openid' } });
      const times = { createdAt: new Date((iat - 5) * 1_000), expiresAt: new Date((exp + 5) * 1_000) };
      const all = { id: 'given', clientId: 'app', scopes: ['openid', 'email'], ...times };
      expect(await list.grants('alice')).toEqual([all]);
    });

    test('that have expired are not told', async () => {
      const { list, grant, pass } = await openList();
      await grant('one', 'alice');
      await pass(DAY);
      expect(await list.grants('alice')).toEqual([]);
      expect(await list.revokeGrant('alice', 'one')).toEqual(refused('unknown'));
    });

    test.each(['given', 'held'])(
      'end by the id “%s” with all that came of them, and nothing else',
      async (id) => {
        const { list, store, consent, grant, token } = await openList();
        await consent('given', 'alice');
        await grant('held', 'alice', { consent: 'given' });
        await grant('from-before', 'alice');
        await consent('of-another', 'alice', { clientId: 'another' });
        await grant('two', 'alice', { clientId: 'another', consent: 'of-another' });
        const models = ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'];
        const tokens = ['held', 'from-before', 'two'];
        for (const model of models)
          for (const grantId of tokens) await token(`of-${grantId}`, grantId, model);
        done(await list.revokeGrant('alice', id));
        expect(await found(store, 'Consent', ['given', 'of-another'])).toEqual(['of-another']);
        expect(await found(store, 'Grant', tokens)).toEqual(['two']);
        for (const model of models)
          expect(
            await found(
              store,
              model,
              tokens.map((grantId) => `of-${grantId}`),
            ),
          ).toEqual(['of-two']);
        expect(await list.revokeGrant('alice', id)).toEqual(refused('unknown'));
      },
    );

    test('are nobody else’s to end', async () => {
      const { list, store, grant, token } = await openList();
      await grant('one', 'alice');
      await token('of-one', 'one');
      expect(await list.revokeGrant('bob', 'one')).toEqual(refused('unknown'));
      expect(await found(store, 'RefreshToken', ['of-one'])).toEqual(['of-one']);
    });
  });

  describe(`the sessions of a user ${name}`, () => {
    test('are told with the time of signing in, and not with what the cookie holds', async () => {
      const { list, session, iat, exp } = await openList();
      await session('cookie', 'alice', { loginTs: iat - 60, state: { secret: 'of-forms' } });
      await session('other', 'bob');
      expect(await list.sessions('alice')).toEqual([
        { id: 'uid-of-cookie', createdAt: new Date((iat - 60) * 1_000), expiresAt: new Date(exp * 1_000) },
      ]);
    });

    test('end by that id, and not by what the cookie holds', async () => {
      const { list, store, session } = await openList();
      await session('one', 'alice');
      await session('two', 'alice');
      expect(await list.endSession('alice', 'one')).toEqual(refused('unknown'));
      expect(await list.endSession('bob', 'uid-of-one')).toEqual(refused('unknown'));
      done(await list.endSession('alice', 'uid-of-one'));
      expect(await found(store, 'Session', ['one', 'two'])).toEqual(['two']);
      expect(await list.endSession('alice', 'uid-of-one')).toEqual(refused('unknown'));
    });

    test('stay ended when a request that was under way stores them again', async () => {
      const { list, store, session, pass } = await openList();
      await session('one', 'alice');
      await list.endSession('alice', 'uid-of-one');
      await session('one-with-another-cookie', 'alice', { uid: 'uid-of-one' });
      const revived = () => store.find('Session', 'one-with-another-cookie');
      expect(await unlessEnded(store, await revived())).toBeUndefined();
      expect(await list.sessions('alice')).toEqual([]);
      await pass(DAY - 1);
      expect(await revived()).toBeDefined();
      expect(await unlessEnded(store, await revived())).toBeUndefined();
    });

    test('take along the grants that are not for longer', async () => {
      const { list, store, grant, session, token } = await openList();
      for (const id of ['while-signed-in', 'offline', 'elsewhere']) {
        await grant(id, 'alice');
        await token(`of-${id}`, id);
      }
      await session('one', 'alice', {
        authorizations: {
          app: { grantId: 'while-signed-in' },
          offline: { grantId: 'offline', persistsLogout: true },
          none: {},
        },
      });
      await list.endSession('alice', 'uid-of-one');
      expect(await found(store, 'Grant', ['while-signed-in', 'offline', 'elsewhere'])).toEqual([
        'offline',
        'elsewhere',
      ]);
      expect(await found(store, 'RefreshToken', ['of-while-signed-in', 'of-offline'])).toEqual([
        'of-offline',
      ]);
    });
  });

  describe(`all of a user ${name}`, () => {
    async function signedIn() {
      const opened = await openList();
      for (const id of ['here', 'there', 'offline']) {
        await opened.consent(`to-${id}`, 'alice', { clientId: id });
        await opened.grant(id, 'alice', { clientId: id, consent: `to-${id}` });
      }
      await opened.grant('of-bob', 'bob');
      for (const id of ['here', 'there']) {
        await opened.session(id, 'alice', { authorizations: { app: { grantId: id } } });
      }
      await opened.session('of-bob', 'bob');
      const signingIn = { accountId: 'alice', result: { login: { accountId: 'alice' } } };
      await opened.store.upsert('Interaction', 'held-back', signingIn, 600);
      await opened.store.upsert('Interaction', 'of-bob', { accountId: 'bob' }, 600);
      return opened;
    }

    test('ends: the sessions, and sign-ins that were held back', async () => {
      const { list, store } = await signedIn();
      await list.endAll('alice', 'sessions');
      expect(await list.sessions('alice')).toEqual([]);
      expect(await found(store, 'Interaction', ['held-back', 'of-bob'])).toEqual(['of-bob']);
      expect(await found(store, 'Grant', ['here', 'there', 'offline'])).toEqual(['offline']);
      // What was allowed is remembered.
      expect(await list.grants('alice')).toHaveLength(3);
      expect(await list.sessions('bob')).toHaveLength(1);
    });

    test('ends: the grants too', async () => {
      const { list } = await signedIn();
      await list.endAll('alice', 'sessions and grants');
      expect(await list.sessions('alice')).toEqual([]);
      expect(await list.grants('alice')).toEqual([]);
      expect(await list.grants('bob')).toHaveLength(1);
    });

    test.each(['sessions', 'sessions and grants'] as const)(
      'ends (%s), but for the grant of whoever asks and its session',
      async (what) => {
        const { list, store } = await signedIn();
        await list.endAll('alice', what, { grant: 'here' });
        expect((await list.sessions('alice')).map(({ id }) => id)).toEqual(['uid-of-here']);
        expect(await found(store, 'Grant', ['here', 'there'])).toEqual(['here']);
        const consents = await found(store, 'Consent', ['to-here', 'to-there']);
        expect(consents).toEqual(what === 'sessions' ? ['to-here', 'to-there'] : ['to-here']);
      },
    );

    test('stays when the grant to be kept is another’s, and ends', async () => {
      const { list } = await signedIn();
      await list.endAll('alice', 'sessions and grants', { grant: 'of-bob' });
      expect(await list.sessions('alice')).toEqual([]);
      expect(await list.grants('alice')).toEqual([]);
    });
  });
}
