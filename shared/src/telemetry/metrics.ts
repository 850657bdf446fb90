/** Metrics for Prometheus. No label carries a user, a token, or a text that a caller can choose. */
import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  Registry,
} from 'prom-client';

/** Upper bounds of latency buckets, in seconds: from a call within the machine to the longest deadline. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

interface Declaration<Label extends string> {
  name: string;
  help: string;
  labelNames?: Label[];
}

/** The metrics of a service. Declaring a name again returns the same metric, so parts of one kind can share it. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #readings: (() => void)[] = [];

  /** Declares a counter. */
  counter<Label extends string = never>(declaration: Declaration<Label>): Counter<Label> {
    const configuration: CounterConfiguration<Label> = { ...declaration, registers: [this.#registry] };
    return (this.#declared(declaration) as Counter<Label>) ?? new Counter(configuration);
  }

  /**
   * Declares a gauge.
   *
   * @param read sets the gauge; called each time the metrics are read
   */
  gauge<Label extends string = never>(
    declaration: Declaration<Label>,
    read: (gauge: Gauge<Label>) => void,
  ): void {
    const configuration: GaugeConfiguration<Label> = { ...declaration, registers: [this.#registry] };
    const gauge = (this.#declared(declaration) as Gauge<Label>) ?? new Gauge(configuration);
    this.#readings.push(() => read(gauge));
  }

  /** Declares a histogram of durations, in seconds. */
  latency<Label extends string>(declaration: Declaration<Label>): Histogram<Label> {
    const configuration = { ...declaration, buckets: LATENCY_BUCKETS, registers: [this.#registry] };
    return (this.#declared(declaration) as Histogram<Label>) ?? new Histogram(configuration);
  }

  /** Adds the metrics of the process and of its event loop, which cost something to collect. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    for (const read of this.#readings) read();
    return this.#registry.metrics();
  }

  #declared({ name }: { name: string }) {
    return this.#registry.getSingleMetric(name);
  }
}
