/** The expiry boundary: no clock skew is granted on access tokens. */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { accessToken, batchRegistration, startAuthServer, temporaryFile } from '../support/auth-server.ts';

afterEach(() => void vi.useRealTimers());

describe.each(['password', 'client_credentials'])('a token of the %s grant', (grant) => {
  test.each(['2026-11-22T06:11:11.000Z', '2026-11-22T06:11:11.999Z'])(
    'issued at %s is active until the last millisecond before exp, and inactive at exp',
    async (issuedAt) => {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(issuedAt) });
      const server = await startAuthServer({ CLIENTS_FILE: await temporaryFile([batchRegistration]) });
      const request = grant === 'password' ? server.requestToken : server.requestClientToken;
      const token = await accessToken(await request());
      const expiry = (decodeJwt(token).exp ?? 0) * 1000;
      expect(expiry).toBe(Date.parse('2026-11-22T06:11:16Z'));

      vi.setSystemTime(expiry - 1);
      expect(await (await server.introspect(token)).json()).toMatchObject({ active: true });
      vi.setSystemTime(expiry);
      expect(await (await server.introspect(token)).json()).toEqual({ active: false });
    },
  );
});
