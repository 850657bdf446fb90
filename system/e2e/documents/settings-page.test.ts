/** The table in docs/settings.md, compared with the schemas that parse the settings. */
import { misspelt } from 'shared/config/settings.ts';
import { expect, test } from 'vitest';
import { settingsSchema as authServer } from '../../../auth-server/src/config.ts';
import { settingsSchema as resourceServer } from '../../../resource-server/src/config.ts';
import { settingsSchema as webapp } from '../../../webapp/src/config.ts';
import { portSettings } from '../../start/start-settings.ts';
import { textOf } from './pages.ts';

const page = textOf('docs/settings.md');

/** The readers and the default of each setting, as the table says. */
const documented = Object.fromEntries(
  page
    .split('\n')
    .filter((line) => /^\| `[A-Z0-9_]+`/.test(line))
    .flatMap((row) => {
      const [, settings = '', of = '', byDefault = ''] = row.split('|').map((cell) => cell.trim());
      const names = [...settings.matchAll(/`([A-Z0-9_]+)`/g)].map((match) => String(match[1]));
      // A row of several settings has their defaults in the same order.
      const defaults = names.length === 1 ? [byDefault] : byDefault.split(', ');
      return names.map((name, index) => [name, { of, byDefault: defaults[index] }]);
    }),
);

const services = { 'auth-server': authServer, 'resource-server': resourceServer, webapp };

test('the table has exactly the settings that are read, with their readers and defaults', () => {
  expect(documented).toEqual({ ...settingsOfServices(), ...settingsOfStart() });
});

test('no setting of one service is taken for a misspelt one of another', () => {
  const environment = Object.fromEntries(Object.keys(documented).map((name) => [name, 'x']));
  for (const schema of [...Object.values(services), portSettings]) {
    expect(misspelt(schema, environment)).toEqual([]);
  }
});

function settingsOfServices() {
  const names = new Set(Object.values(services).flatMap((schema) => Object.keys(schema.in.shape)));
  return Object.fromEntries(
    [...names].map((name) => {
      const readers = Object.entries(services).filter(([, schema]) => name in schema.in.shape);
      const defaults = new Set(readers.map(([, schema]) => defaultOf(schema, name)));
      const of = readers.length === 3 ? 'all' : readers.map(([service]) => service).join(', ');
      return [name, { of, byDefault: [...defaults].join(', ') }];
    }),
  );
}

function settingsOfStart() {
  const defaults: Record<string, unknown> = portSettings.parse({});
  return Object.fromEntries(
    Object.keys(portSettings.shape).map((name) => [
      name,
      { of: '`npm start`', byDefault: defaults[name] === undefined ? '' : `\`${defaults[name]}\`` },
    ]),
  );
}

/** A default as the table writes it: a value, or the setting that it follows; empty when there is none. */
function defaultOf(schema: (typeof services)[keyof typeof services], name: string): string {
  const valueWith = (given: Record<string, string>) => (schema.parse(given) as Record<string, unknown>)[name];
  for (const source of ['ISSUER', 'RESOURCE'].filter((other) => other !== name)) {
    const url = 'https://elsewhere.example';
    const value = valueWith({ [source]: url });
    if (value === url) return `\`${source}\``;
    if (typeof value === 'string' && value.startsWith(url)) {
      return `\`${value.slice(url.length)}\` at \`${source}\``;
    }
  }
  const value = valueWith({});
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${value}\``;
}
