/** What our code assumes of oidc-provider about the URLs that it makes, pinned on the bare library: an upgrade that changes it fails here. */
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { startBareProvider } from '../support/bare-provider.ts';

describe('the URLs that the library makes', () => {
  test('are at the Host of the request, with ctx.mountPath in front of the path', async () => {
    const { provider, callback } = await startBareProvider();
    provider.use((ctx, next) => {
      ctx.req.headers.host = 'auth.example';
      Object.assign(ctx, { mountPath: '/mounted' });
      return next();
    });
    const base = await callback();
    const metadata = (await (await fetch(`${base}/.well-known/openid-configuration`)).json()) as object;
    expect(metadata).toMatchObject({
      token_endpoint: 'http://auth.example/mounted/token',
      jwks_uri: 'http://auth.example/mounted/jwks',
    });
  });

  test('have the host of a target in absolute form, unless ctx.request.originalUrl is a path', async () => {
    for (const [originalUrl, host] of [
      [undefined, 'https://evil.example'],
      ['/', 'http://auth.example'],
    ] as const) {
      const { provider, callback } = await startBareProvider();
      provider.use((ctx, next) => {
        if (originalUrl !== undefined) Object.assign(ctx.request, { originalUrl });
        return next();
      });
      const base = await callback();
      const lines = ['Host: auth.example', 'Connection: close'];
      const target = 'https://evil.example/.well-known/openid-configuration';
      const { body } = parsed(await sendLines(base, `GET ${target} HTTP/1.1`, ...lines));
      expect(JSON.parse(body).token_endpoint).toBe(`${host}/token`);
    }
  });
});
