/** What answers until the store is there. */
import Koa from 'koa';
import { type Dependency, health } from 'shared/http/health.ts';
import { answerProblems, Problem } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import type { Parts } from 'shared/lifecycle/run-service.ts';
import type { Settings } from '../config.ts';
import type { App } from '../http/replaceable.ts';
import type { Stores } from '../stores/stores.ts';

/** Holds until the working app is there, however well the store is. */
const beginning: Dependency = { name: 'start', check: () => Promise.reject(new Error('not started yet')) };

/** An app that is live, not ready, and refuses all else. */
export function waitingApp({ stopping, ...signals }: Parts<Settings>, { dependencies }: Stores): App {
  const app = new Koa();
  for (const middleware of [
    trackRequests(signals, () => undefined),
    answerProblems(signals),
    health([...dependencies, beginning], stopping),
    function refuse() {
      throw new Problem(503, 'The database cannot be reached. Try again later.');
    },
  ]) {
    app.use(middleware);
  }
  return app;
}
