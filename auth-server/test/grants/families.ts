/** What one browser's or device's access has to do with that of the others, over any stores. */
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import {
  type AuthServer,
  agree,
  answerAt,
  authorizationUrl,
  type CodeClient,
  cli,
  codeFor,
  confirmDevice,
  isActive,
  postAs,
  redeem,
  refresh,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { begin } from '../support/device.ts';
import { UserAgent } from '../support/user-agent.ts';

/** A client that gets refresh tokens when it asks for offline access, and else none. */
export const app = { id: 'app', secret: 'zaqxswcde', redirectUri: 'https://app.example/callback' };
export const appRegistration = {
  client_id: app.id,
  client_secret: app.secret,
  client_name: 'App',
  redirect_uris: [app.redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
};

/** A client that always gets refresh tokens, and whose users are asked once. */
export const keeper: CodeClient = {
  id: 'keeper',
  secret: 'plmoknijb',
  redirectUri: 'https://keeper.example/callback',
};
export const keeperRegistration = {
  ...appRegistration,
  client_id: keeper.id,
  client_secret: keeper.secret,
  client_name: 'Keeper',
  redirect_uris: [keeper.redirectUri],
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  always_issue_refresh_token: true,
};

/** A grant of alice, as an administrator sees it. */
interface Listed {
  id: string;
  client: string;
  scopes: string[];
}

/** A server with the users alice and carol, and what an administrator may do about what alice has granted. */
export interface Opened {
  server: AuthServer;
  granted(): Promise<Listed[]>;
  /** Revokes a grant of alice. */
  end(id: string): Promise<void>;
  /** Ends all that alice has granted, as a disabled user does. */
  endAll(): Promise<void>;
}

const OFFLINE = { scope: 'openid offline_access current_time', prompt: 'consent' };
const ONLINE = { scope: 'openid current_time' };

export function describeFamilies(name: string, open: () => Promise<Opened>): void {
  const browserOf = ({ server }: Opened) => new UserAgent(server.issuer);
  const signOut = async (browser: UserAgent, parameters: Record<string, string> = {}, press = 'Sign out') =>
    (await browser.open(`/logout?${new URLSearchParams(parameters)}`)).press(press);

  /** Two browsers of alice: A, in which she uses the app, and B, in which she gave it offline access. */
  async function twoBrowsers() {
    const opened = await open();
    const [a, b] = [browserOf(opened), browserOf(opened)];
    const online = await tokensFor(opened.server, app, ONLINE, a);
    const offline = await tokensFor(opened.server, app, OFFLINE, b);
    const works = async () => (await refresh(opened.server, offline.refresh_token, app)).status === 200;
    return { ...opened, a, b, online, offline, works };
  }

  describe(`offline access ${name}`, () => {
    test('outlives a sign-out in another browser, which ends what that browser had', async () => {
      const { server, a, online, works } = await twoBrowsers();
      expect(await isActive(server, online.access_token)).toBe(true);
      expect((await signOut(a)).heading).toBe('You are signed out');
      expect(await isActive(server, online.access_token)).toBe(false);
      expect(await works()).toBe(true);
    });

    test('outlives a sign-out in its own browser', async () => {
      const { server, b, works } = await twoBrowsers();
      const online = await tokensFor(server, app, ONLINE, b);
      await signOut(b);
      // What was not for longer ends all the same.
      expect(await isActive(server, online.access_token)).toBe(false);
      expect(await works()).toBe(true);
    });

    test('outlives a client’s sign-out in another browser that stays signed in', async () => {
      const { a, works } = await twoBrowsers();
      const page = await signOut(a, { client_id: app.id }, 'Stay signed in');
      expect(page.heading).toBe('You are still signed in');
      expect(await works()).toBe(true);
    });

    test('outlives another person’s sign-in in another browser', async () => {
      const { server, a, works } = await twoBrowsers();
      const signIn = await a.open(authorizationUrl(server.issuer, app, { ...ONLINE, prompt: 'login' }));
      expect(signIn.heading).toBe('Sign in');
      expect(answerAt(await agree(signIn, 'carol'), app)).toHaveProperty('code');
      expect(await works()).toBe(true);
    });

    test('outlives the sign-out of a browser in which a device was connected', async () => {
      const opened = await open();
      const { device, poll } = await begin(opened.server, keeper);
      const browser = browserOf(opened);
      await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
      const { refresh_token } = await tokensOf(await poll());
      await signOut(browser);
      await tokensOf(await refresh(opened.server, refresh_token, keeper));
    });
  });

  describe(`the tokens of one authorization ${name}`, () => {
    /** Two families of a client: in two browsers, or both in one. */
    async function twoFamilies(sameBrowser: boolean) {
      const opened = await open();
      const { server } = opened;
      const first = browserOf(opened);
      const code = await codeFor(server, keeper, {}, first);
      const one = await tokensOf(await redeem(server, code, keeper));
      const other = await tokensFor(server, keeper, {}, sameBrowser ? first : browserOf(opened));
      return { ...opened, code, one, other };
    }

    describe.each([
      ['in another browser', false],
      ['in the same browser', true],
    ])('and those of another %s', (_where, sameBrowser) => {
      test('do not end together when a code is used twice', async () => {
        const { server, code, one, other } = await twoFamilies(sameBrowser);
        await expectRefusal(await redeem(server, code, keeper), 400, 'invalid_grant');
        await expectRefusal(await refresh(server, one.refresh_token, keeper), 400, 'invalid_grant');
        expect(await isActive(server, one.access_token)).toBe(false);
        expect(await isActive(server, other.access_token)).toBe(true);
        await tokensOf(await refresh(server, other.refresh_token, keeper));
      });

      test.each(['refresh_token', 'access_token'] as const)(
        'do not end together when the client revokes a %s',
        async (kind) => {
          const { server, one, other } = await twoFamilies(sameBrowser);
          expect((await postAs(server, keeper, '/revoke', { token: one[kind] })).status).toBe(200);
          await expectRefusal(await refresh(server, one.refresh_token, keeper), 400, 'invalid_grant');
          expect(await isActive(server, other.access_token)).toBe(true);
          await tokensOf(await refresh(server, other.refresh_token, keeper));
        },
      );
    });

    test('of two devices that one browser connected do not end together', async () => {
      const opened = await open();
      const { server } = opened;
      const browser = browserOf(opened);
      const connect = async () => {
        const { device, poll } = await begin(server, cli);
        await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
        return tokensOf(await poll());
      };
      const [one, other] = [await connect(), await connect()];
      await postAs(server, cli, '/revoke', { token: one.refresh_token });
      await expectRefusal(await refresh(server, one.refresh_token, cli), 400, 'invalid_grant');
      await tokensOf(await refresh(server, other.refresh_token, cli));
    });
  });

  describe(`what a user allowed ${name}`, () => {
    const asked = async ({ server }: Opened, browser: UserAgent, parameters: object = {}) => {
      const page = await browser.open(authorizationUrl(server.issuer, keeper, { ...parameters }));
      const next =
        page.heading === 'Sign in'
          ? await page.press('Sign in', { username: 'alice', password: 'wonderland' })
          : page;
      return next.heading;
    };

    test('is not asked for again: in another browser, after a sign-out, after a revocation', async () => {
      const opened = await open();
      const [a, b] = [browserOf(opened), browserOf(opened)];
      expect(await asked(opened, a)).toBe('Allow Keeper?');
      const { refresh_token } = await tokensFor(opened.server, keeper, {}, a);
      expect(await asked(opened, b)).toBeUndefined();
      await signOut(a);
      await signOut(b);
      expect(await asked(opened, b)).toBeUndefined();
      await postAs(opened.server, keeper, '/revoke', { token: refresh_token });
      expect(await asked(opened, a)).toBeUndefined();
      expect(await opened.granted()).toMatchObject([{ client: 'keeper', scopes: ['current_time'] }]);
    });

    test('is not asked for again in a browser that was there before it was widened elsewhere', async () => {
      const opened = await open();
      const [a, b] = [browserOf(opened), browserOf(opened)];
      await tokensFor(opened.server, keeper, {}, a);
      await tokensFor(opened.server, keeper, {}, b);
      const wider = { scope: 'current_time epoch_time' };
      expect(await asked(opened, a, wider)).toBe('Allow Keeper?');
      await tokensFor(opened.server, keeper, wider, a);
      const { access_token, scope } = await tokensFor(opened.server, keeper, wider, b);
      expect([scope, await isActive(opened.server, access_token)]).toEqual(['current_time epoch_time', true]);
      expect(await opened.granted()).toMatchObject([{ scopes: ['current_time', 'epoch_time'] }]);
    });

    test('is one grant of each client to an administrator, who ends it with all that browsers and devices hold', async () => {
      const opened = await open();
      const { server } = opened;
      const [a, b] = [browserOf(opened), browserOf(opened)];
      const families = [
        await tokensFor(server, keeper, {}, a),
        await tokensFor(server, keeper, {}, b),
        await tokensFor(server, keeper, {}, b),
      ];
      const others = await tokensFor(server, app, OFFLINE, a);
      const listed = await opened.granted();
      expect(listed.map(({ client }) => client).sort()).toEqual(['app', 'keeper']);
      await opened.end(listed.find(({ client }) => client === 'keeper')?.id ?? '');
      expect((await opened.granted()).map(({ client }) => client)).toEqual(['app']);
      for (const { access_token, refresh_token } of families) {
        expect(await isActive(server, access_token)).toBe(false);
        await expectRefusal(await refresh(server, refresh_token, keeper), 400, 'invalid_grant');
      }
      expect(await asked(opened, a)).toBe('Allow Keeper?');
      await tokensOf(await refresh(server, others.refresh_token, app));
    });

    test('ends with all else of the user', async () => {
      const opened = await open();
      const { server } = opened;
      const families = [await tokensFor(server, keeper), await tokensFor(server, keeper)];
      await opened.endAll();
      expect(await opened.granted()).toEqual([]);
      for (const { access_token, refresh_token } of families) {
        expect(await isActive(server, access_token)).toBe(false);
        await expectRefusal(await refresh(server, refresh_token, keeper), 400, 'invalid_grant');
      }
    });
  });
}
