/** A Koa app with the outer steps of every service, for tests of those. */
import Koa, { type Middleware } from 'koa';
import { limitBodies } from '../src/http/body-limit.ts';
import { health } from '../src/http/health.ts';
import { answerProblems } from '../src/http/problem.ts';
import { trackRequests } from '../src/http/requests.ts';
import type { Dependency } from '../src/upstream/dependency.ts';
import { recordingTelemetry, serve } from './serve.ts';

/** Starts an app whose work is `work` until the test is finished. */
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
  const app = new Koa();
  for (const middleware of [
    trackRequests(telemetry, () => undefined),
    answerProblems({ ...telemetry, report: (error) => void reported.push(error) }),
    limitBodies(),
    health(dependencies, stopping),
    work,
  ]) {
    app.use(middleware);
  }
  return { base: await serve(app.callback()), lines, reported, metrics: telemetry.metrics };
}
