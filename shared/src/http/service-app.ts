/** The Koa application of a service: the middleware that every request goes through, in one order. */
import type Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Dependency } from '../upstream/dependency.ts';
import { deadlines } from './deadlines.ts';
import { health } from './health.ts';
import { matchedRoute, methodsOfPath } from './matched-route.ts';
import { answerOtherMethods, type KnownPath } from './other-methods.ts';
import { overloadProtection } from './overload.ts';
import { answerProblems, type ProblemForm } from './problem.ts';
import { trackRequests } from './requests.ts';

/** What differs between the services' applications. */
export interface ServiceAppOptions {
  telemetry: Telemetry;
  /** Aborted when the service begins to stop. */
  stopping: AbortSignal;
  /** What must be up for the service to be ready. */
  dependencies: Dependency[];
  /** How long a request may take, in milliseconds. */
  longestMs: number;
  /** A path below which the health paths are too, beside the root; none when left out. */
  path?: string;
  /** How request bodies are handled: `limitBodies()` where no route reads one, else `takeBodies()`. */
  bodies: Middleware;
  /** Middleware before everything else: it sees also the requests that are refused under overload. */
  outermost?: Middleware[];
  /** Middleware around `answerProblems`: it sees every answer, problems included. */
  everyAnswer?: Middleware[];
  /** Names the route for log and metrics, out of a few known ones; the router's pattern when left out. */
  routeOf?: (ctx: Context) => string | undefined;
  /** Another form for some problems, such as a page for browsers. */
  problemForm?: ProblemForm;
  /** Answers the requests that were admitted. */
  routes: Middleware[];
}

/** Builds the application. It does not listen yet. */
export function serviceApp(options: ServiceAppOptions): Koa {
  const { telemetry, stopping, outermost = [], everyAnswer = [], routeOf = matchedRoute } = options;
  const overload = overloadProtection(telemetry, stopping, options.path);
  const app = new Koa();
  for (const middleware of [
    ...outermost,
    overload.refuseEarly(),
    trackRequests(telemetry, routeOf),
    ...everyAnswer,
    answerProblems(telemetry, options.problemForm),
    options.bodies,
    health(options.dependencies, stopping, options.path),
    deadlines(options.longestMs),
    // Inside the deadline: work that goes on after its caller has left still counts against the limit.
    overload.admit(),
    ...options.routes,
  ]) {
    app.use(middleware);
  }
  return app;
}

/** The middleware of a router: its routes, and 405 for methods that a path does not support. */
export function routesOf(router: Router): Middleware[] {
  // The router's types ask for a context with fields that it adds itself.
  return [router.routes() as unknown as Middleware, answerOtherMethods(pathOfRouter)];
}

function pathOfRouter(ctx: Context): KnownPath | undefined {
  const methods = methodsOfPath(ctx);
  return methods && { methods };
}
