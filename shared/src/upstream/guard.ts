/** Keeps an upstream in trouble from taking this service with it: a circuit breaker, and a cap on calls in flight. */
import {
  type BulkheadPolicy,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
} from 'cockatiel';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { UpstreamFault } from './fault.ts';

/** How many calls may be under way. */
const MAX_IN_FLIGHT = 64;

/** How many more may wait for one of those to end. */
const MAX_WAITING = 64;

/** How many calls in a row must meet silence until the upstream counts as down. */
const SILENCES = 5;

/** How long an upstream that is down is left alone before one call may try it, in milliseconds. */
const LEFT_ALONE_MS = 500;

/** What callers are told to wait when a call is not even tried, in seconds. */
const RETRY_AFTER_S = 1;

export class Guard {
  readonly #upstream: string;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #cap: BulkheadPolicy = bulkhead(MAX_IN_FLIGHT, MAX_WAITING);

  constructor(upstream: string, { log }: Pick<Telemetry, 'log'>) {
    this.#upstream = upstream;
    this.#breaker = circuitBreaker(
      handleWhen((error) => error instanceof UpstreamFault && error.silence),
      { halfOpenAfter: LEFT_ALONE_MS, breaker: new ConsecutiveBreaker(SILENCES) },
    );
    let down = false;
    this.#breaker.onBreak(() => {
      // Each try that fails breaks it again, which is no news.
      if (down) return;
      down = true;
      log.warn({ event: 'upstream.down', upstream }, `the ${upstream} does not answer: it is left alone`);
    });
    this.#breaker.onReset(() => {
      down = false;
      log.info({ event: 'upstream.up', upstream }, `the ${upstream} answers again`);
    });
  }

  /**
   * Makes a call, once there is room.
   *
   * @param patient whether the upstream gets its full time; only then may the call find out whether it is up again
   * @throws {UpstreamFault} `unavailable` or `busy` when the call is not made; else what `call` throws
   */
  async run<Result>(call: () => Promise<Result>, patient: boolean): Promise<Result> {
    const { state } = this.#breaker;
    // While it is not known to be up nobody waits for it, but the one who tries.
    if (
      state === CircuitState.HalfOpen ||
      (state === CircuitState.Open && (!patient || this.#cap.executionSlots === 0))
    ) {
      throw this.#down();
    }
    try {
      return await this.#cap.execute(() => this.#breaker.execute(call));
    } catch (error) {
      if (isBrokenCircuitError(error)) throw this.#down();
      if (isBulkheadRejectedError(error)) throw this.#busy();
      throw error;
    }
  }

  get inFlight(): number {
    return MAX_IN_FLIGHT - this.#cap.executionSlots;
  }

  get waiting(): number {
    return MAX_WAITING - this.#cap.queueSlots;
  }

  /** 0 closed, 1 open, 2 half-open. */
  get state(): number {
    return this.#breaker.state;
  }

  #down(): UpstreamFault {
    return new UpstreamFault(this.#upstream, 'unavailable', `${this.#upstream} did not answer lately`, {
      retryAfterS: RETRY_AFTER_S,
    });
  }

  #busy(): UpstreamFault {
    const calls = MAX_IN_FLIGHT + MAX_WAITING;
    return new UpstreamFault(this.#upstream, 'busy', `${calls} calls of ${this.#upstream} are under way`, {
      retryAfterS: RETRY_AFTER_S,
    });
  }
}
