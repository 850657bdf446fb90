/** The whole system under test, with metrics that a test can read. */
import { request as send } from 'node:http';
import { freePort, serve } from 'shared/test/serve.ts';
import { onTestFinished } from 'vitest';
import { startedSystem } from './system.ts';

/** One series of a service's metrics. */
export interface Sample {
  service: string;
  name: string;
  labels: Record<string, string>;
}

/** Starts the system with metrics. Introspections go through a link that cuts one connection when `cut` is set. */
export async function startedWatched() {
  const authPort = await freePort();
  const ports = {
    AUTH_SERVER: await freePort(),
    RESOURCE_SERVER: await freePort(),
    WEBAPP: await freePort(),
  };
  const link = { cut: false };
  const linked = await serve((request, response) => {
    const { host: _, ...headers } = request.headers;
    if (link.cut && request.method === 'POST') {
      link.cut = false;
      request.destroy();
      return;
    }
    const onward = send(
      `http://localhost:${authPort}${request.url}`,
      { method: request.method, headers },
      (answer) => {
        response.writeHead(Number(answer.statusCode), answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  const system = await startedSystem({
    AUTH_SERVER_PORT: String(authPort),
    INTROSPECTION_ENDPOINT: `${linked}/introspect`,
    ...Object.fromEntries(
      Object.entries(ports).map(([service, port]) => [`${service}_METRICS_PORT`, String(port)]),
    ),
  });
  onTestFinished(async () => void (await system.stop()));
  return {
    link,
    output: system.output,
    urls: { ...system.urls, authServer: `http://localhost:${authPort}` },
    async exported() {
      const answers = await Promise.all(
        Object.entries(ports).map(async ([service, port]) => {
          const text = await (await fetch(`http://localhost:${port}/metrics`)).text();
          return { text, ...parsed(service, text) };
        }),
      );
      return {
        text: answers.map(({ text }) => text).join(''),
        declared: new Set(answers.flatMap(({ declared }) => declared)),
        samples: answers.flatMap(({ samples }) => samples),
      };
    },
  };
}

/** Parses metrics in the text format of Prometheus: the names that queries may use, and the series. */
function parsed(service: string, text: string): { declared: string[]; samples: Sample[] } {
  const declared = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name, type]) =>
    type === 'histogram'
      ? ['', '_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`)
      : [String(name)],
  );
  const samples = [...text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(([, name, labels = '']) => ({
    service,
    name: String(name),
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, ...label]) => label),
    ),
  }));
  return { declared, samples };
}
