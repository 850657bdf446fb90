/** The provider of the keys that are in use now, behind a reference that outlives it. */
import type { Middleware } from 'koa';
import compose from 'koa-compose';
import type { Provider } from 'oidc-provider';
import { Problem } from 'shared/http/problem.ts';
import type { Dependency } from 'shared/upstream/dependency.ts';

export interface CurrentProvider {
  /**
   * Answers with the middleware of the provider that is current when a request comes, in the context of the application
   * around it. The request is finished by that provider, even if another takes its place meanwhile.
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
  /** Puts a provider in the place of the one before. */
  replace(provider: Provider): void;
  /** Dependencies that are down until there is a provider, so that the service is not ready before it can answer. */
  readiness(dependencies: Dependency[]): Dependency[];
}

/** A reference without a provider: the store that has the keys may be away when the service starts. */
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
