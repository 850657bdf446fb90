/** What answers until the store is there. */
import Koa from 'koa';
import { health } from 'shared/http/health.ts';
import { answerProblems, Problem } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Dependency } from 'shared/upstream/dependency.ts';
import type { Settings } from '../config.ts';
import type { App } from '../http/replaceable.ts';
import type { Stores } from '../stores/stores.ts';

/** Holds until the working app is there, however well the store is. */
const beginning: Dependency = { name: 'start', check: () => Promise.reject(new Error('not started yet')) };

/** An app that is live, not ready, and refuses all else. */
export function waitingApp(
  { stopping, ...telemetry }: ServiceDependencies<Settings>,
  { dependencies }: Stores,
): App {
  const app = new Koa();
  for (const middleware of [
    trackRequests(telemetry, () => undefined),
    answerProblems(telemetry),
    health([...dependencies, beginning], stopping),
    function refuse() {
      throw new Problem(503, 'The database cannot be reached. Try again later.');
    },
  ]) {
    app.use(middleware);
  }
  return app;
}
