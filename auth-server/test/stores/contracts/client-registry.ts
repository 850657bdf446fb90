/** What every client registry does. */
import { describe, expect, test } from 'vitest';
import type { ClientRegistry } from '../../../src/core/clients/client-registry.ts';
import { done, refused } from '../../support/results.ts';

/** An empty registry. */
export interface OpenRegistry {
  registry: ClientRegistry;
}

const metadata = (client_id: string, client_name = 'Report job') => ({
  client_id,
  client_name,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
});

const secret = (id: string) => ({
  id,
  hash: `hash of ${id}`,
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
});

const client = (clientId: string) => ({ clientId, metadata: metadata(clientId), secrets: [secret('first')] });

export function describeClientRegistry(name: string, open: () => Promise<OpenRegistry>): void {
  describe(`a registered client ${name}`, () => {
    test('is found as it was registered, with the time and the version 1', async () => {
      const { registry } = await open();
      const created = done(await registry.create(client('one')));
      expect(created).toMatchObject({ ...client('one'), version: 1 });
      expect(await registry.find('one')).toEqual(created);
      const { createdAt, updatedAt } = created;
      expect(Math.abs(createdAt.getTime() - Date.now())).toBeLessThan(5_000);
      expect(updatedAt).toEqual(createdAt);
      expect(await registry.find('two')).toBeUndefined();
    });

    test('keeps all members of its registration', async () => {
      const { registry } = await open();
      const whatever = {
        ...metadata('one'),
        client_name: 'zero \0, half \ud83d, ünïcödé 🕰',
        contacts: [],
        jwks: { keys: [{ kid: '\0' }] },
      };
      await registry.create({ ...client('one'), metadata: whatever });
      expect((await registry.find('one'))?.metadata).toEqual(whatever);
    });

    test('is not found by an id that is only similar', async () => {
      const { registry } = await open();
      await registry.create(client('one\uFFFD'));
      expect(await registry.find('one\0')).toBeUndefined();
      expect(await registry.update('one\0', 1, { secrets: [] })).toEqual(refused('unknown'));
      expect(await registry.delete('one\0', 1)).toEqual(refused('unknown'));
    });

    test('is registered only once when several ask for its id at once', async () => {
      const { registry } = await open();
      const answers = await Promise.all(Array.from({ length: 5 }, () => registry.create(client('one'))));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    });

    test('changes in the given members, and its version goes up', async () => {
      const { registry } = await open();
      await registry.create(client('one'));
      const changed = done(await registry.update('one', 1, { metadata: metadata('one', 'Renamed') }));
      expect(changed).toMatchObject({
        secrets: [secret('first')],
        metadata: { client_name: 'Renamed' },
        version: 2,
      });
      expect(await registry.find('one')).toEqual(changed);
      const secrets = [secret('first'), secret('second')];
      const again = done(await registry.update('one', 2, { secrets }));
      expect(again).toMatchObject({ metadata: { client_name: 'Renamed' }, secrets, version: 3 });
    });

    test('is not changed from an old version, nor by two changes at once', async () => {
      const { registry } = await open();
      await registry.create(client('one'));
      const rename = (clientName: string) =>
        registry.update('one', 1, { metadata: metadata('one', clientName) });
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(rename));
      const changed = answers.filter((answer) => answer.ok);
      expect(answers.filter((answer) => !answer.ok)).toEqual(Array(4).fill(refused('stale')));
      expect(await registry.find('one')).toEqual(changed[0]?.value);
      expect(await registry.delete('one', 1)).toEqual(refused('stale'));
      expect(await registry.find('one')).toMatchObject({ version: 2 });
    });

    test('is gone when it is deleted, and its id is never given to another client', async () => {
      const { registry } = await open();
      await registry.create(client('one'));
      done(await registry.delete('one', 1));
      expect(await registry.find('one')).toBeUndefined();
      expect(await registry.update('one', 1, { secrets: [] })).toEqual(refused('unknown'));
      expect(await registry.delete('one', 1)).toEqual(refused('unknown'));
      expect(await registry.list(undefined, 10)).toEqual([]);
      expect(await registry.create(client('one'))).toEqual(refused('taken'));
    });

    test('that never existed cannot be changed or deleted', async () => {
      const { registry } = await open();
      expect(await registry.update('one', 1, { secrets: [] })).toEqual(refused('unknown'));
      expect(await registry.delete('one', 1)).toEqual(refused('unknown'));
    });

    test('is a copy: later changes to the objects given or found do not reach it', async () => {
      const { registry } = await open();
      const given = client('one');
      await registry.create(given);
      given.metadata.grant_types.push('password');
      (await registry.find('one'))?.secrets.splice(0);
      expect(await registry.find('one')).toMatchObject(client('one'));
    });

    test('is listed page by page, sorted by the code points of its id', async () => {
      const { registry } = await open();
      for (const id of ['b', 'a-1', 'B', 'a', '_']) await registry.create(client(id));
      const ids = async (after: string | undefined, limit: number) =>
        (await registry.list(after, limit)).map(({ clientId }) => clientId);
      expect(await ids(undefined, 3)).toEqual(['B', '_', 'a']);
      expect(await ids('a', 3)).toEqual(['a-1', 'b']);
      expect(await ids('a\0', 3)).not.toContain('a');
      expect(await ids('b', 3)).toEqual([]);
    });
  });
}
