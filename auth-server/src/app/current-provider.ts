/** A lasting reference to the provider in use, which is replaced when the keys change. */
import type { Middleware } from 'koa';
import compose from 'koa-compose';
import type { Provider } from 'oidc-provider';
import { Problem } from 'shared/http/problem.ts';
import type { Dependency } from 'shared/upstream/dependency.ts';

/** The provider in use. Until there is one, every request is answered with 503. */
export interface CurrentProvider {
  /**
   * Hands a request to the provider that is current when the request arrives, in the context of the application around
   * it. That provider finishes the request, even if it is replaced meanwhile.
   *
   * @throws {Problem} 503 while there is no provider
   */
  answer: Middleware;
  /**
   * The provider itself.
   *
   * @throws {Problem} 503 while there is no provider
   */
  get(): Provider;
  /** Makes this the provider in use. */
  replace(provider: Provider): void;
  /** The same dependencies, reported down until there is a provider: a service that cannot answer yet is not ready. */
  readiness(dependencies: Dependency[]): Dependency[];
}

/** Starts without a provider, because the store that holds the keys may be out of reach when the service starts. */
export function currentProvider(): CurrentProvider {
  let current: { provider: Provider; answer: Middleware } | undefined;
  return {
    answer: (ctx, next) => inUse().answer(ctx, next),
    get: () => inUse().provider,
    replace(provider) {
      current = { provider, answer: compose(provider.middleware) };
    },
    readiness: (dependencies) =>
      dependencies.map(({ name, check }) => ({
        name,
        async check() {
          inUse();
          await check();
        },
      })),
  };

  function inUse() {
    if (current === undefined) throw new Problem(503, 'The database cannot be reached. Try again later.');
    return current;
  }
}
