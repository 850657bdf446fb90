/** Calls another service: bounded in time, size and number, and repeated once where that is safe. */
import { setTimeout as sleep } from 'node:timers/promises';
import got, { type Got, RequestError, TimeoutError } from 'got';
import type { z } from 'zod';
import { requestContext } from '../telemetry/request-context.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { remainingMs, TIMEOUT_HEADER } from './deadline.ts';
import type { Dependency } from './dependency.ts';
import { UpstreamFault } from './fault.ts';
import { CONNECT_TIMEOUT, leanRequest } from './lean-request.ts';
import { AnswerTooLarge, MAX_ANSWER_BYTES, readAnswer } from './read-answer.ts';
import { Retries } from './retries.ts';
import { retryAfterS } from './retry-after.ts';
import { Safeguard } from './safeguard.ts';
import { type UpstreamMetrics, upstreamMetrics } from './upstream-metrics.ts';

/** Error codes of a connection that was never made. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  CONNECT_TIMEOUT,
]);

/** Throws on bytes that are not UTF-8. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A request to an upstream. */
export interface UpstreamRequest {
  url: string;
  headers?: Record<string, string>;
  /** Posted as `application/x-www-form-urlencoded`; without a form the request is a GET. */
  form?: Record<string, string>;
  /** Whether the upstream may get the request twice when an answer is lost. */
  repeatable: boolean;
}

/** An answer of an upstream with a status below 500. */
export interface UpstreamAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The body as text. */
  body: string;
}

/** A service that this one calls. */
export class Upstream {
  /** The name of the service in logs and problem answers. */
  readonly name: string;
  readonly #timeoutMs: number;
  readonly #client: Got;
  readonly #safeguard: Safeguard;
  readonly #retries = new Retries();
  readonly #metrics: UpstreamMetrics;

  /** @param timeoutMs the longest that one call may take, from connecting to the last byte, in milliseconds */
  constructor(name: string, timeoutMs: number, telemetry: Pick<Telemetry, 'log' | 'metrics'>) {
    this.name = name;
    this.#timeoutMs = timeoutMs;
    this.#safeguard = new Safeguard(name, telemetry);
    this.#metrics = upstreamMetrics(name, this.#safeguard, telemetry.metrics);
    this.#client = got.extend({
      request: leanRequest(),
      retry: { limit: 0 },
      throwHttpErrors: false,
      followRedirect: false,
      decompress: false,
      headers: { 'accept-encoding': undefined, 'user-agent': undefined },
    });
  }

  /**
   * Sends a request, and repeats it once where that is safe and may help. Returns any answer below 500.
   *
   * @throws {UpstreamFault} when no such answer comes
   */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    this.#retries.earn();
    try {
      return await this.#attempt(request);
    } catch (error) {
      const pause = error instanceof UpstreamFault && this.#retries.pauseAfter(error, request.repeatable);
      if (!pause || pause > remainingMs()) throw error;
      await sleep(pause);
      this.#metrics.repeated();
      return this.#attempt(request);
    }
  }

  /** The service of an endpoint as a dependency of readiness: it is up when it answers its liveness probe. */
  dependency(endpoint: string): Dependency {
    const url = new URL('/health/live', endpoint).href;
    // Not through the safeguard, so that readiness notices at once when the service is back.
    return { name: this.name, check: async () => void (await this.#exchange({ url })) };
  }

  /**
   * The JSON of an answer, checked against a schema.
   *
   * @throws {UpstreamFault} `invalid_response` when it is not JSON or does not match
   */
  parse<Schema extends z.ZodType>(schema: Schema, { body, status }: UpstreamAnswer): z.output<Schema> {
    const result = schema.safeParse(fromJson(body));
    if (result.success) return result.data;
    throw this.invalidResponse(`answered ${status} with a body of another shape than expected`, result.error);
  }

  /** A fault of the kind `invalid_response`; `what` completes the sentence "The upstream …" for the log. */
  invalidResponse(what: string, cause?: unknown): UpstreamFault {
    return new UpstreamFault(this.name, 'invalid_response', `${this.name} ${what}`, { cause });
  }

  async #attempt(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const patient = remainingMs() >= this.#timeoutMs;
    return this.#metrics.measure(() => this.#safeguard.run(() => this.#exchange(request), patient));
  }

  /** One request and its answer, within the time that is left, as a span of the trace. */
  async #exchange(request: Omit<UpstreamRequest, 'repeatable'>): Promise<UpstreamAnswer> {
    const timeoutMs = Math.floor(Math.min(this.#timeoutMs, remainingMs()));
    if (timeoutMs <= 0) throw this.#late(timeoutMs);
    const { url, form } = request;
    const method = form ? 'POST' : 'GET';
    const span = requestContext()?.span.child({ method, url, upstream: this.name });
    try {
      const answer = await this.#exchangeBytes(request, timeoutMs, { method, trace: span?.headers });
      span?.end({ status: answer.status });
      if (answer.status >= 500) throw this.#serverError(answer);
      return answer;
    } catch (error) {
      span?.end({ fault: error instanceof UpstreamFault ? error.kind : 'failed' });
      throw error;
    }
  }

  async #exchangeBytes(
    { url, headers, form }: Omit<UpstreamRequest, 'repeatable'>,
    timeoutMs: number,
    { method, trace }: { method: 'GET' | 'POST'; trace: Record<string, string> | undefined },
  ): Promise<UpstreamAnswer> {
    try {
      // A stream costs less than got's promise, and its size can be bounded while it is read.
      const { response, bytes } = await readAnswer(
        this.#client.stream(url, {
          method,
          headers: { ...headers, ...trace, [TIMEOUT_HEADER]: String(timeoutMs) },
          ...(form && { form }),
          timeout: { request: timeoutMs },
        }),
      );
      return { status: response.statusCode, headers: response.headers, body: this.#text(bytes) };
    } catch (error) {
      if (error instanceof UpstreamFault) throw error;
      throw this.#noAnswer(error, timeoutMs);
    }
  }

  /** Decodes a body strictly: damaged bytes could otherwise pass for another name or value. */
  #text(bytes: Buffer): string {
    try {
      return utf8.decode(bytes);
    } catch (error) {
      throw this.invalidResponse('answered with bytes that are not UTF-8', error);
    }
  }

  #serverError({ status, headers }: UpstreamAnswer): UpstreamFault {
    const kind = status === 503 ? 'unavailable' : status === 504 ? 'timeout' : 'invalid_response';
    return new UpstreamFault(this.name, kind, `${this.name} answered ${status}`, {
      repeat: [502, 503, 504].includes(status) ? 'repeatable' : 'pointless',
      retryAfterS: retryAfterS(headers['retry-after']),
    });
  }

  #noAnswer(cause: unknown, timeoutMs: number): UpstreamFault {
    if (cause instanceof AnswerTooLarge) {
      return this.invalidResponse(`answered more than ${MAX_ANSWER_BYTES} bytes`);
    }
    if (cause instanceof TimeoutError) return this.#late(timeoutMs, cause);
    if (cause instanceof RequestError && cause.code.startsWith('HPE_')) {
      return this.invalidResponse('does not speak HTTP', cause);
    }
    const untouched = cause instanceof RequestError && NOT_CONNECTED.has(cause.code);
    return new UpstreamFault(this.name, 'unreachable', `${this.name} cannot be reached`, {
      cause,
      repeat: untouched ? 'safe' : 'repeatable',
      silence: true,
    });
  }

  /** A missed deadline. It counts as silence of the upstream only when that had its full time. */
  #late(timeoutMs: number, cause?: unknown): UpstreamFault {
    const silence = timeoutMs >= this.#timeoutMs;
    const waited = `${this.name} did not answer within ${Math.max(0, timeoutMs)} ms`;
    return new UpstreamFault(this.name, silence ? 'timeout' : 'deadline_exceeded', waited, {
      cause,
      silence,
    });
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
