/** The Koa application of a service: what every request goes through, in one order, around the routes. */
import type Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Dependency } from '../upstream/dependency.ts';
import { deadlines } from './deadlines.ts';
import { health } from './health.ts';
import { matchedRoute } from './matched-route.ts';
import { overloadProtection } from './overload.ts';
import { answerProblems, type Problem } from './problem.ts';
import { trackRequests } from './requests.ts';

/** What differs between the applications. */
export interface ServiceAppOptions {
  telemetry: Telemetry;
  /** Aborted when the service begins to stop. */
  stopping: AbortSignal;
  /** What has to answer for the service to be ready. */
  dependencies: Dependency[];
  /** How long a request may take, in milliseconds. */
  longestMs: number;
  /** What becomes of request bodies: `limitBodies()` where none is read, else `takeBodies()`. */
  bodies: Middleware;
  /** Middleware around the problem answers: what it does, it does to every answer, whether or not it is a problem. */
  everyAnswer?: Middleware[];
  /** The route that answered, of a few known ones, for log and metrics; the router's pattern when left out. */
  routeOf?: (ctx: Context) => string | undefined;
  /** Renders a problem for people whose browser asks for HTML, in a service that has pages. */
  page?: (problem: Problem) => string;
  /** What answers the requests that were let in. */
  routes: Middleware[];
}

/** The application. It does not listen yet. */
export function serviceApp(options: ServiceAppOptions): Koa {
  const { telemetry, stopping, everyAnswer = [], routeOf = matchedRoute } = options;
  const overload = overloadProtection(telemetry, stopping);
  const app = new Koa();
  for (const middleware of [
    overload.refuseEarly(),
    trackRequests(telemetry, routeOf),
    ...everyAnswer,
    answerProblems(telemetry, options.page),
    options.bodies,
    health(options.dependencies, stopping),
    deadlines(options.longestMs),
    // Within: what goes on after its caller has left still takes its place.
    overload.admit(),
    ...options.routes,
  ]) {
    app.use(middleware);
  }
  return app;
}

/** A router's middleware: its routes, and 405 for the methods that a path does not have. */
export function routesOf(router: Router): Middleware[] {
  // The router gives the context what its types ask for.
  return [router.routes(), router.allowedMethods()] as unknown as Middleware[];
}
