/** What our code assumes of oidc-provider about clients that it does not keep, pinned on the bare library: an upgrade that changes it fails here. */
import { randomUUID } from 'node:crypto';
import { type Configuration, Provider } from 'oidc-provider';
import { freePort, serve } from 'shared/test/serve.ts';
import { expect, test } from 'vitest';
import { makeKey } from '../support/auth-server.ts';

const id = 'https://app.example/client.json';

/** A provider that takes documents by the library's own feature, all of which are this one. */
async function startTaking(members: object, fetched: string[] = []) {
  const document = {
    client_id: id,
    redirect_uris: ['https://app.example/callback'],
    token_endpoint_auth_method: 'none',
    ...members,
  };
  const contexts: unknown[] = [];
  const port = await freePort();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    jwks: { keys: [(await makeKey('RS256')).jwk] },
    cookies: { keys: [randomUUID()] },
    features: {
      devInteractions: { enabled: false },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
    } as Configuration['features'],
    extraClientMetadata: {
      properties: ['first_party'],
      validator: (ctx) => void contexts.push(ctx),
    },
    async fetch(url) {
      fetched.push(String(url));
      return new Response(JSON.stringify(document));
    },
  });
  await serve(provider.callback(), port);
  return { provider, contexts };
}

test('its own feature takes members of ours from a document, and does not tell our check that a stranger wrote it', async () => {
  const { provider, contexts } = await startTaking({ first_party: true });
  expect(await provider.Client.find(id)).toMatchObject({ first_party: true });
  expect(contexts).toEqual([undefined]);
});

test('what it sends to URLs of clients goes through the setting that we put our own requests into', async () => {
  const fetched: string[] = [];
  const { provider } = await startTaking(
    { sector_identifier_uri: 'https://app.example/sector.json' },
    fetched,
  );
  await provider.Client.find(id).catch(() => {});
  expect(fetched).toEqual([id, 'https://app.example/sector.json']);
});
