/** How an environment is parsed into settings, or refused with faults. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  commonSettings,
  misspelt,
  parseSettings,
  port,
  serviceUrl,
  withProductionRules,
} from '../../src/config/settings.ts';
import { faultsOf } from '../faults-of.ts';

const base = z.object({
  ...commonSettings,
  PORT: port.default(5000),
  UPSTREAM: serviceUrl.default('http://localhost:1'),
  SECRET: z.string().min(4).default('demo'),
});

const schema = withProductionRules(base, [
  {
    setting: 'SECRET',
    broken: ({ SECRET }) => SECRET === 'demo',
    fault: 'must not be the demo secret: set it',
  },
  {
    setting: 'UPSTREAM',
    broken: ({ UPSTREAM }) => !UPSTREAM.startsWith('https:'),
    fault: 'must be https: set it',
  },
]);

const names = (faults: string[]) => faults.map((fault) => fault.split(':')[0]).sort();

test('an empty variable counts as not set', () => {
  const settings = parseSettings(schema, { PORT: '', HOST: '', SECRET: '', APP_ENV: '' });
  expect(settings).toEqual(parseSettings(schema, {}));
});

test('variables that are not settings are ignored', () => {
  expect(parseSettings(schema, { PATH: '/usr/bin' })).not.toHaveProperty('PATH');
});

test('all faults are named at once, one a line', () => {
  const faults = faultsOf(schema, { PORT: 'x', SECRET: 'abc', LOG_LEVEL: 'loud', APP_ENV: 'prod' });
  expect(names(faults)).toEqual(['APP_ENV', 'LOG_LEVEL', 'PORT', 'SECRET']);
  expect(faults.join('')).not.toContain('\n');
});

test('a fault says in words what the value must be', () => {
  const list = z.array(z.object({ id: z.string().min(1), on: z.boolean() }));
  const inside = z.object({
    LIST: z
      .string()
      .transform((text) => JSON.parse(text))
      .pipe(list),
    OTHER: z.string(),
  });
  const LIST = JSON.stringify([{ id: 'a', on: true }, { id: '', on: 1 }, { on: false }, 5]);
  expect(faultsOf(inside, { LIST })).toEqual([
    'LIST: id of entry 2 must not be empty',
    'LIST: on of entry 2 must be true or false',
    'LIST: id of entry 3 is missing',
    'LIST: entry 4 must be an object',
    'OTHER: is missing',
  ]);
  expect(faultsOf(schema, { LOG_LEVEL: 'loud' })).toEqual([
    'LOG_LEVEL: must be trace, debug, info, warn, error, fatal or silent',
  ]);
});

test.each(['UPSTREM', 'UPTSREAM', 'UPSTREAMS', 'Upstream', 'UP_STREAM', 'UPSTREEM'])(
  '%s, which is almost a setting, is named together with a fault',
  (name) => {
    expect(
      faultsOf(schema, { APP_ENV: 'production', SECRET: 'T2zHSxMd', [name]: 'https://a.example' }),
    ).toEqual(['UPSTREAM: must be https: set it', `${name}: is not a setting; did you mean UPSTREAM?`]);
  },
);

test.each(['UPSTREAM', 'HOME', 'POST', 'COST', 'METRICS_URL', 'STREAM', 'LOG_LABELS'])(
  '%s is not taken for a misspelt setting',
  (name) => expect(misspelt(schema, { [name]: 'x' })).toEqual([]),
);

test('no fault shows a value', () => {
  const faults = faultsOf(schema, { PORT: '1x2', SECRET: 'abc', LOG_LEVEL: 'loud', APP_ENV: 'prod' });
  expect(faults).toHaveLength(4);
  // `production` is one of the values that a fault may offer.
  expect(faults.join('\n')).not.toMatch(/1x2|abc|loud|\bprod\b/);
});

test.each(['development', 'testing', 'stage'])('the rules of production do not apply in %s', (APP_ENV) => {
  expect(parseSettings(schema, { APP_ENV })).toMatchObject({ APP_ENV, SECRET: 'demo' });
});

test('the rules of production apply to defaults too', () => {
  expect(faultsOf(schema, { APP_ENV: 'production' })).toEqual([
    'SECRET: must not be the demo secret: set it',
    'UPSTREAM: must be https: set it',
  ]);
});

test('broken rules of production are named together with other faults', () => {
  const faults = faultsOf(schema, { APP_ENV: 'production', PORT: 'x', LOG_LEVEL: 'loud' });
  expect(names(faults)).toEqual(['LOG_LEVEL', 'PORT', 'SECRET', 'UPSTREAM']);
});

test('settings that meet the rules of production are accepted', () => {
  const fit = { APP_ENV: 'production', SECRET: 'T2zHSxMdLmTCd4eT', UPSTREAM: 'https://upstream.example' };
  expect(parseSettings(schema, fit)).toMatchObject(fit);
});
