/** Keeps an upstream in trouble from dragging this service down: a circuit breaker, and a cap on calls in flight. */
import { AsyncResource } from 'node:async_hooks';
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

/** How many further calls may wait for one of those to end. */
const MAX_WAITING = 64;

/** How many calls in a row must get no answer until the upstream counts as down. */
const SILENCES = 5;

/** How long the breaker stays open before one call may try the upstream, in milliseconds. */
const OPEN_MS = 500;

/** Seconds that callers are told to wait when a call is not made. */
const RETRY_AFTER_S = 1;

/** The breaker and the cap of one upstream. */
export class Safeguard {
  readonly #upstream: string;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #cap: BulkheadPolicy = bulkhead(MAX_IN_FLIGHT, MAX_WAITING);

  constructor(upstream: string, { log }: Pick<Telemetry, 'log'>) {
    this.#upstream = upstream;
    this.#breaker = circuitBreaker(
      handleWhen((error) => error instanceof UpstreamFault && error.silence),
      { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(SILENCES) },
    );
    let down = false;
    this.#breaker.onBreak(() => {
      // Each trial call that fails opens the breaker again. Only the first time is worth a log line.
      if (down) return;
      down = true;
      log.warn({ event: 'upstream.down', upstream }, `the ${upstream} does not answer: calls are refused`);
    });
    this.#breaker.onReset(() => {
      down = false;
      log.info({ event: 'upstream.up', upstream }, `the ${upstream} answers again`);
    });
  }

  /**
   * Makes a call once there is room.
   *
   * @param patient whether the upstream gets its full time; only then may the call be the trial of an open breaker
   * @throws {UpstreamFault} `unavailable` or `busy` when the call is not made; otherwise what `call` throws
   */
  async run<Result>(call: () => Promise<Result>, patient: boolean): Promise<Result> {
    const { state } = this.#breaker;
    // While the upstream may be down, only the trial call waits for it.
    if (
      state === CircuitState.HalfOpen ||
      (state === CircuitState.Open && (!patient || this.#cap.executionSlots === 0))
    ) {
      throw this.#down();
    }
    try {
      // A call that waits is begun by the one that ends before it, and would be part of that one's request.
      const own = this.#cap.executionSlots === 0 ? AsyncResource.bind(call) : call;
      return await this.#cap.execute(() => this.#breaker.execute(own));
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
