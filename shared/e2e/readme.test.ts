/** What the README promises of the settings, held against the schemas that parse them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settingsSchema as authServer } from '../../auth-server/src/config.ts';
import { settingsSchema as resourceServer } from '../../resource-server/src/config.ts';
import { settingsSchema as webapp } from '../../webapp/src/config.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const rows = readme.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
const documented = new Map(
  rows.map((row) => {
    const [, setting, , byDefault] = row.split('|').map((cell) => cell.trim());
    return [String(setting).replaceAll('`', ''), String(byDefault)];
  }),
);

const services = { 'auth-server': authServer, 'resource-server': resourceServer, webapp };

test.each(Object.entries(services))(
  'every setting of %s is in the table, with its default',
  (_name, schema) => {
    const defaults: Record<string, unknown> = schema.parse({});
    for (const setting of Object.keys(schema.in.shape)) {
      expect([...documented.keys()]).toContain(setting);
      const byDefault = defaults[setting];
      if (typeof byDefault === 'string' || typeof byDefault === 'number') {
        expect(documented.get(setting)).toMatch(new RegExp(`\`${byDefault}\`|at \`ISSUER\`|\`RESOURCE\``));
      }
    }
  },
);

test('the table has no setting that nobody reads', () => {
  const read = new Set(Object.values(services).flatMap((schema) => Object.keys(schema.in.shape)));
  expect([...documented.keys()].filter((setting) => !read.has(setting))).toEqual([]);
});
