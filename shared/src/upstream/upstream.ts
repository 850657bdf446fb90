/** How a service calls the next one: bounded in time, size and number, and repeated once where that is safe. */
import { setTimeout as sleep } from 'node:timers/promises';
import got, { type Got, RequestError, TimeoutError } from 'got';
import type { z } from 'zod';
import { requestContext } from '../telemetry/request-context.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { remainingMs, TIMEOUT_HEADER } from './deadline.ts';
import type { Dependency } from './dependency.ts';
import { UpstreamFault } from './fault.ts';
import { Guard } from './guard.ts';
import { CONNECT_TIMEOUT, leanRequest } from './lean-request.ts';
import { AnswerTooLarge, MAX_ANSWER_BYTES, readAnswer } from './read-answer.ts';
import { Retries } from './retries.ts';
import { retryAfterS } from './retry-after.ts';
import { type UpstreamMetrics, upstreamMetrics } from './upstream-metrics.ts';

/** Errors of a connection that was never made. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  CONNECT_TIMEOUT,
]);

/** Refuses what is not UTF-8. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface UpstreamRequest {
  url: string;
  headers?: Record<string, string>;
  /** Posted as `application/x-www-form-urlencoded`; without one the request is a GET. */
  form?: Record<string, string>;
  /** Whether the upstream may get it twice when its answer is lost. */
  repeatable: boolean;
}

export interface UpstreamAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The body as text. */
  body: string;
}

/** A service that this one calls. */
export class Upstream {
  /** What the service is called in logs and problem answers. */
  readonly name: string;
  readonly #timeoutMs: number;
  readonly #client: Got;
  readonly #guard: Guard;
  readonly #retries = new Retries();
  readonly #metrics: UpstreamMetrics;

  /** @param timeoutMs the longest that one call may take, from connecting to the last byte, in milliseconds */
  constructor(name: string, timeoutMs: number, telemetry: Pick<Telemetry, 'log' | 'metrics'>) {
    this.name = name;
    this.#timeoutMs = timeoutMs;
    this.#guard = new Guard(name, telemetry);
    this.#metrics = upstreamMetrics(name, this.#guard, telemetry.metrics);
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
   * One request, and where that is safe and may help, one repeat. Any answer below 500 is the caller's to read.
   *
   * @throws {UpstreamFault} when there is no such answer.
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

  /** The service that has an endpoint, as something that readiness depends on: up when it answers at all. */
  dependency(endpoint: string): Dependency {
    const url = new URL('/health/live', endpoint).href;
    // Past the guard, so that it is seen at once that the service is back.
    return { name: this.name, check: async () => void (await this.#exchange({ url })) };
  }

  /**
   * The JSON in an answer, checked.
   *
   * @throws {UpstreamFault} when it is not JSON or not of that shape.
   */
  parse<Schema extends z.ZodType>(schema: Schema, { body, status }: UpstreamAnswer): z.output<Schema> {
    const result = schema.safeParse(fromJson(body));
    if (result.success) return result.data;
    throw this.invalidResponse(`answered ${status} with a body that is not what was asked for`, result.error);
  }

  /** The fault of an answer that makes no sense. */
  invalidResponse(what: string, cause?: unknown): UpstreamFault {
    return new UpstreamFault(this.name, 'invalid_response', `${this.name} ${what}`, { cause });
  }

  async #attempt(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const patient = remainingMs() >= this.#timeoutMs;
    return this.#metrics.measure(() => this.#guard.run(() => this.#exchange(request), patient));
  }

  /** One request and its answer, within the time that there is, as a span of the trace. */
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
      // As a stream, which costs less than got's promise, and can be bounded as it is read.
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

  /** Bytes that were changed on the way could otherwise pass for another name of a member, or another value. */
  #text(bytes: Buffer): string {
    try {
      return utf8.decode(bytes);
    } catch (error) {
      throw this.invalidResponse('answered with bytes that are no text', error);
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

  /** That a caller is in a hurry says nothing of the upstream. */
  #late(timeoutMs: number, cause?: unknown): UpstreamFault {
    const silence = timeoutMs >= this.#timeoutMs;
    const waited = `${this.name} did not answer within the ${Math.max(0, timeoutMs)} ms that there were`;
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
