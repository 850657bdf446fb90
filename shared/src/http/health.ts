/** `GET /health/live` and `GET /health/ready`, for operators, containers and load balancers. */
import type { Middleware } from 'koa';
import type { Dependency } from '../upstream/dependency.ts';

/** The health paths, at the root of the service. */
const PATHS = ['/health/live', '/health/ready'];

/**
 * Answers the health paths: live while the process runs, ready while every dependency is up and no stop has begun.
 *
 * @param below a path below which they are too, since a proxy may lead nothing else to the service
 */
export function health(dependencies: Dependency[], stopping: AbortSignal, below = ''): Middleware {
  const checks = dependencies.map(oneAtATime);
  const routes = new Map(PATHS.flatMap((path) => [[path, path] as const, [below + path, path] as const]));
  return async function healthMiddleware(ctx, next) {
    const route = routes.get(ctx.path);
    if (route === undefined) return next();
    ctx.state.route = route;
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.status = 405;
      ctx.set('Allow', 'GET, HEAD');
    } else if (route === '/health/live') {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { status: 'live' };
    } else {
      const states = await Promise.all(checks.map((check) => check()));
      const ready = !stopping.aborted && states.every(({ state }) => state === 'up');
      ctx.status = ready ? 200 : 503;
      ctx.set('Cache-Control', 'no-store');
      ctx.body = {
        status: stopping.aborted ? 'stopping' : ready ? 'ready' : 'not ready',
        dependencies: Object.fromEntries(states.map(({ name, state }) => [name, state])),
      };
    }
  };
}

/** Probes that come while a check is under way share its result, so that many probes do not load the dependency. */
function oneAtATime(dependency: Dependency): () => ReturnType<typeof stateOf> {
  let underWay: ReturnType<typeof stateOf> | undefined;
  return function check() {
    underWay ??= stateOf(dependency).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

async function stateOf({ name, check }: Dependency): Promise<{ name: string; state: 'up' | 'down' }> {
  try {
    await check();
    return { name, state: 'up' };
  } catch {
    return { name, state: 'down' };
  }
}
