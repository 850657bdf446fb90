/** An application with the middleware that every service has. */
import type { Middleware } from 'koa';
import { limitBodies } from '../src/http/body-limit.ts';
import { serviceApp } from '../src/http/service-app.ts';
import type { Dependency } from '../src/upstream/dependency.ts';
import { recordingTelemetry, serve } from './serve.ts';

/** Starts an application that answers with `work`, until the test is finished. */
export async function startApp({
  work = async () => {},
  dependencies = [],
  stopping = new AbortController().signal,
}: {
  work?: Middleware;
  dependencies?: Dependency[];
  stopping?: AbortSignal;
}) {
  const { lines, reported, ...telemetry } = recordingTelemetry();
  const app = serviceApp({
    telemetry,
    stopping,
    dependencies,
    longestMs: 5_000,
    bodies: limitBodies(),
    routes: [work],
  });
  return { base: await serve(app.callback()), lines, reported, metrics: telemetry.metrics };
}
