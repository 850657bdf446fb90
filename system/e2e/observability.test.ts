/** The alerts, the dashboard and the page for operators, compared with the metrics of the running system. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startedWatched } from './watched-system.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const alerts = read('deploy/observability/alerts.yml')
  .split(/^ +- alert: /m)
  .slice(1)
  .map((rule) => ({
    name: String(rule.split('\n')[0]),
    rule,
    // On one line, or as an indented block.
    expr: String(/^( +)expr: (?:\|((?:\n\1 .*)+)|(.*))/m.exec(rule)?.slice(2).join('')),
  }));

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { expr: string; datasource: { uid: string } }[];
}

const dashboard: { panels: Panel[] } = JSON.parse(
  read('deploy/observability/grafana/dashboards/time-chain.json'),
);
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

const page = read('docs/operators.md');

test('alerts and panels use metrics and labels that exist, and the page explains every metric', async () => {
  const { exported, urls, link } = await startedWatched();
  await fetch(`${urls.webapp}/current_time`);
  await fetch(`${urls.resourceServer}/current_time`);
  link.cut = true;
  await fetch(`${urls.webapp}/current_time`);
  const form = { grant_type: 'password', username: 'al', password: 'x' };
  await fetch(`${urls.authServer}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { declared, samples } = await exported();

  const labelsOf = (metric: string) =>
    new Set([
      ...['job', 'instance'],
      ...samples.filter(({ name }) => name === metric).flatMap(({ labels }) => Object.keys(labels)),
      // Prometheus itself adds these.
      ...(metric === 'ALERTS' ? ['alertname', 'alertstate'] : []),
      // There may have been no garbage collection yet.
      ...(metric === 'nodejs_gc_duration_seconds_sum' ? ['kind'] : []),
    ]);
  const known = new Set([...declared, 'up', 'ALERTS']);
  const faults = [
    ...alerts.map(({ name, expr }) => ({ of: name, expr })),
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ of: title, expr }))),
  ].flatMap(({ of, expr }) => {
    const { selectors, groupings } = partsOf(expr);
    const some = new Set(selectors.flatMap(({ metric }) => [...labelsOf(metric)]));
    return [
      ...(selectors.length === 0 ? [`${of}: no metric`] : []),
      ...selectors.filter(({ metric }) => !known.has(metric)).map(({ metric }) => `${of}: ${metric}`),
      ...selectors.flatMap(({ metric, labels }) =>
        labels.filter((label) => !labelsOf(metric).has(label)).map((label) => `${of}: ${metric}{${label}}`),
      ),
      ...groupings.filter((label) => !some.has(label)).map((label) => `${of}: by (${label})`),
    ];
  });
  expect(faults).toEqual([]);

  // Node.js has many metrics. The page explains those that the dashboard shows.
  const shown = new Set(
    panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).flatMap(metrics),
  );
  const toExplain = [...declared].filter(
    (metric) =>
      !/_(?:bucket|sum|count)$/.test(metric) && (!/^(?:nodejs|process)_/.test(metric) || shown.has(metric)),
  );
  expect(toExplain.filter((metric) => !page.includes(`\`${metric}\``))).toEqual([]);
}, 30_000);

test('each alert has a severity, a summary, a description, a section of the page, and a test', () => {
  const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    String(heading)
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  expect(alerts.length).toBeGreaterThan(10);
  expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
  for (const { name, rule } of alerts) {
    expect(rule, name).toMatch(/severity: (?:critical|warning) \}/);
    expect(rule, name).toMatch(/^ +summary: '.+'$/m);
    expect(rule, name).toMatch(/^ +description: '.+'$/m);
    expect(anchors, name).toContain(/runbook: docs\/operators\.md#(\S+)$/m.exec(rule)?.[1]);
    expect(read('deploy/observability/alerts.test.yml'), name).toContain(name);
  }
});

test('each panel of the dashboard has a description, a place of its own, and an existing data source', () => {
  const sources = [
    ...read('deploy/observability/grafana/datasources/datasources.yml').matchAll(/uid: (\S+)/g),
  ];
  const uids = sources.map((match) => match[1]);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  expect(panels.length).toBeGreaterThan(20);
  for (const { title, description, datasource, targets = [] } of panels) {
    expect(description, title).toMatch(/\.$/);
    for (const used of [{ datasource }, ...targets]) expect(uids, title).toContain(used.datasource?.uid);
  }
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

test('Prometheus reads every container that has metrics, and no port is published beyond this host', () => {
  const compose = read('compose.yaml');
  const port = /METRICS_PORT: (\d+)/.exec(compose)?.[1];
  const watched = compose
    .split(/^ {2}(?=[\w-]+:)/m)
    .filter((service) => service.includes('\n      <<: *telemetry\n'))
    .map((service) => service.split(':')[0]);
  const jobs = /job_name: (\S+)\n +static_configs: \[\{ targets: \['(\S+)'\] \}\]/g;
  const asked = [...read('deploy/observability/prometheus.yml').matchAll(jobs)].map(([, ...job]) => job);
  expect(watched).toEqual(['auth-server', 'resource-server', 'webapp']);
  expect(asked).toEqual(watched.map((name) => [name, `${name}:${port}`]));

  const published = [...compose.matchAll(/ports: \["(.*)"\]/g)].map(([, ports]) => String(ports));
  expect(published).toHaveLength(9);
  for (const ports of published) expect(ports).toMatch(/^127\.0\.0\.1:(?!9464)\d+:(?!9464)\d+$/);
  const images = [...compose.matchAll(/image: (\S+\/\S+)/g)].map(([, image]) => image);
  expect(images).toHaveLength(3);
  for (const image of images) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
});

test('the page explains every event that the services log', () => {
  const sources = ['auth-server', 'resource-server', 'webapp', 'shared'].flatMap((workspace) =>
    readdirSync(new URL(`../../${workspace}/src/`, import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => read(`${workspace}/src/${file}`)),
  );
  const logged = /(?:event: |logRefusal\(|logOutcome\()'([a-z_.]+)'/g;
  const events = new Set(sources.flatMap((source) => [...source.matchAll(logged)].map(([, event]) => event)));
  expect(events.size).toBeGreaterThan(20);
  expect([...events].filter((event) => !page.includes(`\`${event}\``))).toEqual([]);
});

/** The metrics of a PromQL expression with the labels that they must have, and the labels that it groups by. */
function partsOf(expr: string) {
  const grouping = /\b(?:by|on) \(([^)]*)\)/g;
  const bare = expr.replace(/"[^"]*"/g, '');
  const selector = /(?<![\w.])([a-zA-Z_]\w*)(?:\{([^}]*)\})?(?!\w|\s*\()/g;
  const found = bare
    .replace(grouping, '')
    .replace(/\[\w+\]| offset \w+/g, '')
    .matchAll(selector);
  return {
    selectors: [...found]
      .filter(([, word]) => !['and', 'or', 'unless'].includes(String(word)))
      .map(([, metric, matchers = '']) => ({
        metric: String(metric),
        labels: matchers.match(/\w+(?=[=!])/g) ?? [],
      })),
    groupings: [...bare.matchAll(grouping)].flatMap(([, labels]) => String(labels).split(', ')),
  };
}

function metrics(expr: string): string[] {
  return partsOf(expr).selectors.map(({ metric }) => metric);
}
