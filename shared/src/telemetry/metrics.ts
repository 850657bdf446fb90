/** Metrics for Prometheus. No label ever carries a user, a token, or a text that somebody outside may choose. */
import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  Registry,
} from 'prom-client';

/** Upper bounds of latencies, in seconds: from a call within the machine to the longest that is waited for. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

interface Declaration<Label extends string> {
  name: string;
  help: string;
  labelNames?: Label[];
}

/** The metrics of a service. Each is declared by the part that counts it; parts of a kind share one, by its name. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #readings: (() => void)[] = [];

  counter<Label extends string = never>(declaration: Declaration<Label>): Counter<Label> {
    const configuration: CounterConfiguration<Label> = { ...declaration, registers: [this.#registry] };
    return (this.#declared(declaration) as Counter<Label>) ?? new Counter(configuration);
  }

  /** @param read sets the gauge; called whenever the metrics are asked for */
  gauge<Label extends string = never>(
    declaration: Declaration<Label>,
    read: (gauge: Gauge<Label>) => void,
  ): void {
    const configuration: GaugeConfiguration<Label> = { ...declaration, registers: [this.#registry] };
    const gauge = (this.#declared(declaration) as Gauge<Label>) ?? new Gauge(configuration);
    this.#readings.push(() => read(gauge));
  }

  /** A histogram of durations, in seconds. */
  latency<Label extends string>(declaration: Declaration<Label>): Histogram<Label> {
    const configuration = { ...declaration, buckets: LATENCY_BUCKETS, registers: [this.#registry] };
    return (this.#declared(declaration) as Histogram<Label>) ?? new Histogram(configuration);
  }

  /** Adds the figures of the process and of its event loop, which cost something to keep. */
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
