/** The URIs in client metadata: one rule, whether a file, an administrator or the client itself registers it. */
import { parseSettings } from 'shared/config/settings.ts';
import { recordingTelemetry } from 'shared/test/serve.ts';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';
import { bodyOf, startAdminApi } from '../admin/admin-api.ts';
import { expectRefusal, temporaryFile } from '../support/auth-server.ts';
import { metadata, startRegistry } from '../support/registry.ts';
import { startReplicas } from '../support/replicas.ts';
import { done, refused } from '../support/results.ts';

/** The refusal of metadata with this text in its description. */
const invalid = (description: string) =>
  refused({
    reason: 'invalid_client_metadata',
    description: expect.stringMatching(new RegExp(description)),
  });

const native = { application_type: 'native' };

/** Redirect URIs that no client may have. */
const unfitRedirects: [uri: string, more?: object][] = [
  // Plain http at an address that is not loopback, or only looks like it.
  ['http://app.example/callback'],
  ['HTTP://app.example/callback'],
  ['http://10.0.0.7/callback'],
  ['http://0.0.0.0/callback'],
  ['http://localhost.example/callback'],
  ['http://notlocalhost/callback'],
  ['http://127.0.0.1.example/callback'],
  ['http://127.1/callback'],
  ['http://2130706433/callback'],
  ['http://0x7f000001/callback'],
  ['http://[::2]/callback'],
  ['http://[::ffff:127.0.0.1]/callback'],
  ['http://local%68ost/callback'],
  ['http://localhost/callback#fragment'],
  // Credentials.
  ['https://user@app.example/callback'],
  ['https://user:password@app.example/callback'],
  ['https://@app.example/callback'],
  ['http://localhost:80@app.example/callback'],
  ['com.example.app://user@callback', native],
  // Mistakes that a URL parser would correct.
  ['https://app.example\\@evil.example/callback'],
  ['https:\\\\app.example/callback'],
  ['https:app.example/callback'],
  ['https:///app.example/callback'],
  [' https://app.example/callback'],
  ['https://app.example/callback '],
  ['https://app.example/call back'],
  ['https://app.example/callback\r\n'],
  ['https://app.example/callback\r\nSet-Cookie:a=b'],
  ['https://app.ex\tample/callback'],
  ['ht\ntps://app.example/callback'],
  ['https://app.example/callback\u0000'],
  ['https://app.example/callback%00'],
  ['https://app.example/callback%0d%0aSet-Cookie:a=b'],
  ['https://app.example/call%7Fback'],
  ['https://app.example/call%zzback'],
  ['https://app.example/call\u00a0back'],
  ['https://äpp.example/callback'],
  ['https://app.example/cällback'],
  ['https://app.example/\u202ekcabllac'],
  ['https://app.example。evil.example/callback'],
  ['https://*.app.example/callback'],
  ['https://app.example/"onload="'],
  ['https://app.example/<script>'],
  // Addresses that cannot be a client's.
  ['https://app.example/callback#fragment'],
  ['https://app.example/callback#'],
  ['com.example.app:/callback#fragment', native],
  ['/callback'],
  ['//app.example/callback'],
  ['callback', native],
  ['app:/callback', native],
  ['javascript:alert(1)', native],
  ['data:text/html,x', native],
  ['https://'],
  ['https://app.example:99999/callback'],
  [`https://app.example/${'a'.repeat(2_000)}`],
];

const fitRedirects: [uri: string, more?: object][] = [
  ['https://app.example/callback'],
  ['https://app.example:8443/callback?tenant=7&next=%2Fhome'],
  ['https://xn--pp-uia.example/callback'],
  ['https://[2001:db8::7]/callback'],
  ['http://localhost:5003/callback'],
  ['http://LOCALHOST/callback'],
  ['http://app.localhost:5003/callback'],
  ['http://127.0.0.1:5003/callback'],
  ['http://127.8.9.10/callback'],
  ['http://[::1]:5003/callback'],
  ['http://[::1]/callback', native],
  ['com.example.app:/callback', native],
  ['com.example.app://callback', native],
];

describe.each(['redirect_uris', 'post_logout_redirect_uris'])('in %s,', (member) => {
  const error = member === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata';
  const withUri = (uri: string, more: object = {}) => ({ ...metadata, ...more, [member]: [uri] });

  test('a client that registers itself may not have an unfit URI', async () => {
    const { register } = await startRegistry();
    const answers = await Promise.all(
      unfitRedirects.map(async ([uri, more]) => {
        const response = await register(withUri(uri, more));
        return [uri, response.status, ((await response.json()) as { error?: string }).error];
      }),
    );
    expect(answers).toEqual(unfitRedirects.map(([uri]) => [uri, 400, error]));
  });

  test('a client that registers itself keeps all fit URIs as it wrote them', async () => {
    const { register } = await startRegistry();
    const answers = await Promise.all(
      fitRedirects.map(async ([uri, more]) => (await register(withUri(uri, more))).json()),
    );
    expect(answers).toEqual(fitRedirects.map(([uri]) => expect.objectContaining({ [member]: [uri] })));
  });

  test('a client cannot change its registration to an unfit URI', async () => {
    const { client, manage } = await (await startRegistry()).registered();
    const { client_id, client_secret } = client;
    const change = { ...withUri('http://app.example/callback'), client_id, client_secret };
    const response = await manage('PUT', change);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error });
  });

  test('an administrator cannot register an unfit URI, but all fit ones', async () => {
    const { admin } = await startReplicas();
    for (const [uri, more] of unfitRedirects)
      expect(await admin.create(withUri(uri, more)), uri).toEqual(invalid(`^${member} must `));
    for (const [uri, more] of fitRedirects)
      expect(await admin.create(withUri(uri, more)), uri).toMatchObject({ ok: true });
  });

  test('a start with unfit URIs in CLIENTS_FILE is refused, and every fault of every client is named', async () => {
    const clients = [
      ['plain', 'http://app.example/callback'],
      ['userinfo', 'https://user@app.example/callback'],
      ['fit', 'https://app.example/callback'],
    ].map(([client_id, uri = '']) => ({ ...withUri(uri), client_id, client_secret: 'secret' }));
    const CLIENTS_FILE = await temporaryFile([
      ...clients,
      { ...clients[0], client_id: 'several', tos_uri: 'ftp://app.example/' },
    ]);
    const settings = parseSettings(settingsSchema, { CLIENTS_FILE });
    const start = createApp({ settings, ...recordingTelemetry(), stopping: new AbortController().signal });
    const plain = 'must be https, http at a loopback address, or have a private-use scheme with a dot in it';
    await expect(start).rejects.toMatchObject({
      faults: [
        `CLIENTS_FILE: client plain: ${member} ${plain}`,
        `CLIENTS_FILE: client userinfo: ${member} must not contain a user name or a password`,
        `CLIENTS_FILE: client several: ${member} ${plain}; tos_uri must be https, or http at a loopback address`,
      ],
    });
  });

  test('a client that was stored with an unfit URI cannot be used until that is corrected', async () => {
    const { admin, registry, first } = await startReplicas();
    const { client, secret = '' } = done(await admin.create(metadata));
    const { clientId: id, version } = client;
    const unfit = withUri('http://app.example/callback');
    await registry.update(id, version, { metadata: { ...client.metadata, ...unfit } });
    const ask = () =>
      first.post('/token', { grant_type: 'refresh_token', refresh_token: 'guess' }, { id, secret });
    await expectRefusal(await ask(), 400, error);
    done(await admin.change(id, version + 1, withUri('https://app.example/callback')));
    await expectRefusal(await ask(), 400, 'invalid_grant');
  });

  test('a client has fifty URIs at most', async () => {
    const { register } = await startRegistry();
    const uris = Array.from({ length: 51 }, (_, index) => `https://app.example/${index}`);
    expect((await register({ ...metadata, [member]: uris.slice(1) })).status).toBe(201);
    expect((await register({ ...metadata, [member]: uris })).status).toBe(400);
  });
});

describe('every other URI of a client', () => {
  const members = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'jwks_uri', 'initiate_login_uri'];
  const unfit = [
    'http://app.example/page',
    'ftp://app.example/page',
    'javascript:alert(1)',
    'https://user@app.example/page',
    'https://app.example/a page',
    'https://app.example/page\n',
    'https://app.example/page\u0000',
    'https://äpp.example/page',
    'nowhere',
  ];

  test.each([...members, 'sector_identifier_uri'])('is refused by the same rule: %s', async (member) => {
    const { register } = await startRegistry();
    const { admin } = await startReplicas();
    for (const uri of unfit) {
      const response = await register({ ...metadata, [member]: uri });
      expect(response.status, uri).toBe(400);
      expect(await response.json()).toEqual({
        error: 'invalid_client_metadata',
        error_description: expect.stringMatching(new RegExp(`^${member} must `)),
      });
      const created = await admin.create({ ...metadata, [member]: uri });
      expect(created, uri).toEqual(invalid(`^${member} must `));
    }
  });

  test.each(members)('may be https: %s', async (member) => {
    const { register } = await startRegistry();
    const uri = 'https://app.example/page?of=us';
    expect(await (await register({ ...metadata, [member]: uri })).json()).toMatchObject({ [member]: uri });
  });

  test.each(['jwks_uri', 'initiate_login_uri', 'sector_identifier_uri'])(
    'has no fragment when the server fetches or opens it: %s',
    async (member) => {
      const { register } = await startRegistry();
      expect((await register({ ...metadata, [member]: 'https://app.example/a#b' })).status).toBe(400);
    },
  );

  const atThisMachine = [
    'http://localhost:3000/jwks',
    'http://127.0.0.1/jwks',
    'http://[::1]:6379/jwks',
    'http://app.localhost/jwks',
    'https://localhost/jwks',
    'https://LOCALHOST:8443/jwks',
    'https://localhost./jwks',
    'https://app.localhost/jwks',
    'https://127.0.0.1:5006/keys',
    'https://127.8.9.10/jwks',
    'https://2130706433/jwks',
    'https://0x7f.1/jwks',
    'https://0177.0.0.1/jwks',
    'https://0/jwks',
    'https://[::1]/jwks',
    'https://[0:0::1]/jwks',
    'https://[::]/jwks',
    'https://[::ffff:127.0.0.1]/jwks',
  ];

  test.each(['jwks_uri', 'sector_identifier_uri'])(
    'is never at this machine when the server fetches it, whoever registers it: %s',
    async (member) => {
      const { register } = await startRegistry();
      const { admin } = await startReplicas();
      for (const uri of atThisMachine) {
        expect((await register({ ...metadata, [member]: uri })).status, uri).toBe(400);
        expect(await admin.create({ ...metadata, [member]: uri }), uri).toEqual(invalid(`^${member} must `));
      }
      const clients = atThisMachine.map((uri, index) => ({
        ...metadata,
        client_id: `c${index}`,
        [member]: uri,
      }));
      const settings = parseSettings(settingsSchema, { CLIENTS_FILE: await temporaryFile(clients) });
      const start = createApp({ settings, ...recordingTelemetry(), stopping: new AbortController().signal });
      await expect(start).rejects.toMatchObject({
        faults: clients.map(({ client_id }) =>
          expect.stringMatching(`client ${client_id}: ${member} must be https`),
        ),
      });
    },
  );

  test.each(['client_uri', 'logo_uri'])(
    "may be at a developer's machine when a browser opens it: %s",
    async (member) => {
      const { register } = await startRegistry();
      expect((await register({ ...metadata, [member]: 'http://localhost:3000/' })).status).toBe(201);
    },
  );

  test('may have a fragment when it is a page for people', async () => {
    const { register } = await startRegistry();
    const pages = { policy_uri: 'https://app.example/legal#privacy' };
    expect((await register({ ...metadata, ...pages })).status).toBe(201);
  });

  test('is refused by the admin API with a pointer to it', async () => {
    const api = await startAdminApi();
    for (const client_uri of unfit) {
      const response = await api.as(api.admin)('POST', '/clients', { ...metadata, client_uri });
      expect(await bodyOf(response, 400), client_uri).toMatchObject({
        errors: [{ pointer: '#/client_uri', detail: expect.stringMatching(/^must /) }],
      });
    }
  });
});

test.each([
  'https://api.example/#fragment',
  'https://user@api.example/',
  'https://api.example/a b',
  'https://äpi.example/',
  'clock',
])('a client of CLIENTS_FILE cannot be the API %s', async (resource) => {
  const client = { client_id: 'api', client_secret: 'secret', grant_types: [], response_types: [], resource };
  const settings = parseSettings(settingsSchema, { CLIENTS_FILE: await temporaryFile([client]) });
  const start = createApp({ settings, ...recordingTelemetry(), stopping: new AbortController().signal });
  await expect(start).rejects.toMatchObject({
    faults: [expect.stringMatching(/^CLIENTS_FILE: client api: resource must /)],
  });
});

test.each([
  'http://webapp.example/callback',
  'https://user@webapp.example/callback',
  'https://webapp.example/callback#fragment',
  'https://webapp.example/callback\n',
  'https://webäpp.example/callback',
  '/callback',
])('the redirect URI %j of the webapp is refused, and the setting is named', (WEBAPP_REDIRECT_URI) => {
  expect(settingsSchema.safeParse({ WEBAPP_REDIRECT_URI }).error?.issues).toMatchObject([
    { path: ['WEBAPP_REDIRECT_URI'] },
  ]);
});
