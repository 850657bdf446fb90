/** How a service calls the next one: one lean got instance an upstream, bounded in time and size. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import got, { type Got, RequestError, type RequestFunction, TimeoutError } from 'got';
import type { z } from 'zod';
import type { Dependency } from './http/health.ts';
import { REQUEST_ID_HEADER } from './http/requests.ts';
import { requestContext } from './request-context.ts';

/** The most that an upstream's answer may hold, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Why there is no answer to use: not reached, said that it is unavailable, too slow, or not understood. */
export type FaultKind = 'unreachable' | 'unavailable' | 'timeout' | 'nonsense';

/** An upstream that did not give an answer that can be used. Never a refusal: those are answers. */
export class UpstreamFault extends Error {
  readonly upstream: string;
  readonly kind: FaultKind;

  constructor(upstream: string, kind: FaultKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'UpstreamFault';
    this.upstream = upstream;
    this.kind = kind;
  }
}

export interface UpstreamRequest {
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: Record<string, string>;
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
  readonly #client: Got;

  /** @param timeoutMs the longest that one call may take, from connecting to the last byte, in milliseconds */
  constructor(name: string, timeoutMs: number) {
    this.name = name;
    this.#client = got.extend({
      request: leanRequest(),
      timeout: { request: timeoutMs },
      retry: { limit: 0 },
      throwHttpErrors: false,
      followRedirect: false,
      decompress: false,
      headers: { 'accept-encoding': undefined, 'user-agent': undefined },
    });
  }

  /**
   * One request. Any answer below 500 is the caller's to read.
   *
   * @throws {UpstreamFault} when there is no such answer.
   */
  async send({ url, method, headers, form }: UpstreamRequest): Promise<UpstreamAnswer> {
    const tooLarge = new AbortController();
    try {
      const pending = this.#client(url, {
        method,
        headers: { ...headers, [REQUEST_ID_HEADER]: requestContext()?.requestId },
        ...(form && { form }),
        signal: tooLarge.signal,
      });
      void pending.on('downloadProgress', ({ transferred }) => {
        if (transferred > MAX_ANSWER_BYTES) tooLarge.abort();
      });
      const { statusCode, headers: answered, body } = await pending;
      if (statusCode >= 500) throw this.#serverError(statusCode);
      return { status: statusCode, headers: answered, body };
    } catch (error) {
      throw error instanceof UpstreamFault ? error : this.#noAnswer(error, tooLarge.signal.aborted);
    }
  }

  /** The service that has an endpoint, as something that readiness depends on: up when it answers at all. */
  dependency(endpoint: string): Dependency {
    const url = new URL('/health/live', endpoint).href;
    return { name: this.name, check: async () => void (await this.send({ method: 'GET', url })) };
  }

  /**
   * The JSON in an answer, checked.
   *
   * @throws {UpstreamFault} when it is not JSON or not of that shape.
   */
  parse<Schema extends z.ZodType>(schema: Schema, { body, status }: UpstreamAnswer): z.output<Schema> {
    const result = schema.safeParse(fromJson(body));
    if (result.success) return result.data;
    throw this.nonsense(`answered ${status} with a body that is not what was asked for`, result.error);
  }

  /** The fault of an answer that makes no sense. */
  nonsense(what: string, cause?: unknown): UpstreamFault {
    return new UpstreamFault(this.name, 'nonsense', `${this.name} ${what}`, cause);
  }

  #serverError(status: number): UpstreamFault {
    const kind = status === 503 ? 'unavailable' : status === 504 ? 'timeout' : 'nonsense';
    return new UpstreamFault(this.name, kind, `${this.name} answered ${status}`);
  }

  #noAnswer(error: unknown, tooLarge: boolean): UpstreamFault {
    if (tooLarge) return this.nonsense(`answered more than ${MAX_ANSWER_BYTES} bytes`);
    if (error instanceof TimeoutError) {
      return new UpstreamFault(this.name, 'timeout', `${this.name} did not answer in time`, error);
    }
    if (error instanceof RequestError && error.code.startsWith('HPE_')) {
      return this.nonsense('does not speak HTTP', error);
    }
    return new UpstreamFault(this.name, 'unreachable', `${this.name} cannot be reached`, error);
  }
}

/**
 * Hands Node just what a request needs, over connections that are kept. got's own way hands it all of got's options,
 * which Node copies several times: a fifth of what a call costs.
 */
function leanRequest(): RequestFunction {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  return ({ protocol, hostname, port, pathname, search }, { method, headers }, callback) => {
    // An IPv6 address has brackets in a URL only.
    const host = hostname.replace(/^\[|\]$/g, '');
    const request = { method, headers, host, port, path: pathname + search };
    return protocol === 'https:'
      ? httpsRequest({ ...request, agent: agents.https }, callback)
      : httpRequest({ ...request, agent: agents.http }, callback);
  };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
