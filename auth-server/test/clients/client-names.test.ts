/** The names of clients: one rule, whether a file, an administrator or the client itself registers it. */
import { describe, expect, test } from 'vitest';
import { bodyOf, startAdminApi } from '../admin/admin-api.ts';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { metadata, startRegistry } from '../support/registry.ts';
import { startReplicas } from '../support/replicas.ts';
import { refused } from '../support/results.ts';

const unfit = [
  '',
  ' ',
  ' App',
  'App ',
  'App\n',
  'Ap\tp',
  'App\u0000',
  'App\u202egnp',
  '\u200eApp',
  'App\u2028',
  'App\ufeff',
  '\u200d',
  '\u3164',
  '\u2800\u2800',
  '\u115f\u1160',
  '\u0301',
  'App\ue000',
  'a'.repeat(201),
  'a'.repeat(10_000),
];

const fit = [
  'App',
  'Größe',
  '時計',
  '\u{1f469}\u200d\u{1f4bb}',
  '\u2764\ufe0f',
  'می\u200cخواهم',
  'a'.repeat(200),
];

describe('a name that is blank, too long, or changes the direction of the text around it', () => {
  test('is refused to a client that registers itself, at first and later', async () => {
    const { register, registered } = await startRegistry();
    const { client, manage } = await registered();
    const { client_id, client_secret } = client;
    for (const client_name of unfit) {
      await expectRefusal(await register({ ...metadata, client_name }), 400, 'invalid_client_metadata');
      // In a change, an empty text removes the member.
      if (client_name === '') continue;
      const changed = await manage('PUT', { ...metadata, client_id, client_secret, client_name });
      await expectRefusal(changed, 400, 'invalid_client_metadata');
    }
  });

  test('is refused to an administrator', async () => {
    const { admin } = await startReplicas();
    const api = await startAdminApi();
    for (const client_name of unfit) {
      const created = await admin.create({ ...metadata, client_name });
      expect(created).toEqual(
        refused({
          reason: 'invalid_client_metadata',
          description: expect.stringMatching(/^client_name must have /),
        }),
      );
      const response = await api.as(api.admin)('POST', '/clients', { ...metadata, client_name });
      expect(response.status).toBe(400);
    }
  });

  test('in CLIENTS_FILE keeps a server from starting', async () => {
    const client = { ...metadata, client_id: 'app', client_secret: 'secret', client_name: 'App\u202egnp' };
    await expect(startAuthServer({ CLIENTS_FILE: await temporaryFile([client]) })).rejects.toMatchObject({
      faults: ['CLIENTS_FILE: client app: client_name must have 1 to 200 visible characters'],
    });
  });
});

test('a name in any script is accepted', async () => {
  const { register } = await startRegistry();
  const api = await startAdminApi();
  for (const client_name of fit) {
    expect(await (await register({ ...metadata, client_name })).json()).toMatchObject({ client_name });
    await bodyOf(await api.as(api.admin)('POST', '/clients', { ...metadata, client_name }), 201);
  }
});

test.each([
  ['that are not email addresses', ['alice']],
  ['with a line feed', ['alice@app.example\nBcc: all@app.example']],
  ['with a character that reverses the text', ['alice\u202e@app.example']],
  ['that are too long', [`${'a'.repeat(60)}@${'a'.repeat(200)}.example`]],
  ['that are too many', Array.from({ length: 21 }, (_, index) => `alice${index}@app.example`)],
])('contacts %s are refused', async (_what, contacts) => {
  const { register } = await startRegistry();
  await expectRefusal(await register({ ...metadata, contacts }), 400, 'invalid_client_metadata');
});

test('other texts of a client are neither stored nor answered (RFC 7591 §2)', async () => {
  const { register, send } = await startRegistry();
  const words = {
    'client_name#de': 'App\u202e',
    'client_uri#de': 'javascript:alert(1)',
    software_id: '\u202e',
    software_version: 'a'.repeat(10_000),
    software_statement: 'a.b.c',
    description: ' ',
  };
  const response = await register({ ...metadata, ...words });
  expect(response.status).toBe(201);
  const client = (await response.json()) as Record<string, string>;
  const url = String(client.registration_client_uri);
  const kept = (await (await send('GET', url, client.registration_access_token)).json()) as object;
  for (const word of Object.keys(words)) {
    expect(client).not.toHaveProperty([word]);
    expect(kept).not.toHaveProperty([word]);
  }
});
