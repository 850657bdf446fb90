/** What every registry of APIs does. */
import { describe, expect, test } from 'vitest';
import { apiDefinition } from '../../../src/core/apis/api-definition.ts';
import type { ApiRegistry } from '../../../src/core/apis/api-registry.ts';
import { done, refused } from '../../support/results.ts';

/** An empty registry. */
export interface OpenApiRegistry {
  apis: ApiRegistry;
}

const definition = (name: string, text = 'Orders') =>
  apiDefinition.parse({
    resource: `https://${name}.example.com`,
    name: text,
    'name#de': 'Bestellungen',
    scopes: { 'orders:read': { description: 'See your orders', 'description#de': 'Bestellungen ansehen' } },
  });

export function describeApiRegistry(name: string, open: () => Promise<OpenApiRegistry>): void {
  describe(`a registered API ${name}`, () => {
    test('is found as it was defined, with the time and the version 1', async () => {
      const { apis } = await open();
      const created = done(await apis.create({ id: 'one', definition: definition('orders') }));
      expect(created).toMatchObject({ id: 'one', definition: definition('orders'), version: 1 });
      expect(await apis.find('one')).toEqual(created);
      expect(Math.abs(created.createdAt.getTime() - Date.now())).toBeLessThan(5_000);
      expect(created.updatedAt).toEqual(created.createdAt);
      expect(await apis.find('two')).toBeUndefined();
    });

    test('is created only once when several ask for its id at once', async () => {
      const { apis } = await open();
      const create = () => apis.create({ id: 'one', definition: definition('orders') });
      const answers = await Promise.all(Array.from({ length: 5 }, create));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(answers.filter(({ ok }) => !ok)).toEqual(Array(4).fill(refused('taken')));
    });

    test('is changed as a whole, and its version goes up', async () => {
      const { apis } = await open();
      const created = done(await apis.create({ id: 'one', definition: definition('orders') }));
      const changed = done(await apis.update('one', 1, definition('orders', 'Purchases')));
      expect(changed).toMatchObject({
        definition: { name: 'Purchases' },
        createdAt: created.createdAt,
        version: 2,
      });
      expect(changed.updatedAt.getTime()).toBeGreaterThanOrEqual(created.updatedAt.getTime());
      expect(await apis.find('one')).toEqual(changed);
    });

    test('is not changed from an old version, nor by two changes at once', async () => {
      const { apis } = await open();
      await apis.create({ id: 'one', definition: definition('orders') });
      const rename = (text: string) => apis.update('one', 1, definition('orders', text));
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(rename));
      expect(answers.filter((answer) => !answer.ok)).toEqual(Array(4).fill(refused('stale')));
      expect(await apis.delete('one', 1)).toEqual(refused('stale'));
      expect(await apis.find('one')).toMatchObject({ version: 2 });
    });

    test('is gone when it is deleted, and may be defined again', async () => {
      const { apis } = await open();
      await apis.create({ id: 'one', definition: definition('orders') });
      done(await apis.delete('one', 1));
      expect(await apis.find('one')).toBeUndefined();
      expect(await apis.update('one', 1, definition('orders'))).toEqual(refused('unknown'));
      expect(await apis.delete('one', 1)).toEqual(refused('unknown'));
      expect(await apis.all()).toEqual([]);
      expect(done(await apis.create({ id: 'one', definition: definition('orders') })).version).toBe(1);
    });

    test('is a copy: later changes to the objects given or found do not reach it', async () => {
      const { apis } = await open();
      const given = definition('orders');
      await apis.create({ id: 'one', definition: given });
      given.default_scopes.push('orders:read');
      (await apis.find('one'))?.definition.grants.pop();
      expect((await apis.find('one'))?.definition).toEqual(definition('orders'));
    });

    test('is listed with all others in the order of their identifiers', async () => {
      const { apis } = await open();
      for (const name of ['b', 'a-1', 'a', 'c']) {
        await apis.create({ id: `id-${name === 'a' ? 'z' : name}`, definition: definition(name) });
      }
      const all = await apis.all();
      expect(all.map(({ definition }) => definition.resource)).toEqual(
        ['a-1', 'a', 'b', 'c'].map((name) => `https://${name}.example.com`),
      );
    });

    test('changes the edition when it is created, changed or deleted, and only then', async () => {
      const { apis } = await open();
      const editions = [await apis.edition()];
      await apis.create({ id: 'one', definition: definition('orders') });
      editions.push(await apis.edition());
      await apis.update('one', 1, definition('orders', 'Purchases'));
      editions.push(await apis.edition());
      await apis.create({ id: 'one', definition: definition('orders') });
      await apis.update('one', 1, definition('orders'));
      await apis.delete('one', 1);
      expect(await apis.edition()).toBe(editions.at(-1));
      await apis.delete('one', 2);
      editions.push(await apis.edition());
      expect(new Set(editions).size).toBe(4);
    });
  });
}
