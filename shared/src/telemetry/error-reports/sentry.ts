/** Reports errors with the core of Sentry's SDK, which patches nothing, records nothing and installs no handlers. */
import {
  applySdkMetadata,
  type BaseTransportOptions,
  createTransport,
  Scope,
  type Transport,
} from '@sentry/core';
import { ServerRuntimeClient, type ServerRuntimeClientOptions } from '@sentry/core/server';
import { requestFacts } from '../request-context.ts';
import { atMost } from './at-most.ts';
import type { ErrorReports } from './report.ts';
import { reportedErrors, stackParser } from './reported-errors.ts';

/** How long Sentry may take to accept a report, in milliseconds. */
const SEND_MS = 2_000;

/** How many errors are reported in a minute; a storm of errors says nothing new after that. */
const REPORTS_A_MINUTE = 20;

/** Reports to the Sentry project of a DSN. */
export function sentryReports(source: { service: string; dsn: string; environment: string }): ErrorReports {
  const client = startedClient(source);
  const admit = atMost(REPORTS_A_MINUTE, 60_000);
  return {
    report(error) {
      const leftOut = admit();
      if (leftOut === undefined) return;
      try {
        // The SDK never gets the error itself: it would send all of its properties.
        const exception = { values: reportedErrors(error) };
        scopeOf(client, source.service, leftOut).captureEvent({ level: 'error', exception });
      } catch {
        // The error cannot be read, for example because its message is a getter that throws. The log has it.
      }
    },
    async flushed() {
      await client.flush(SEND_MS);
    },
  };
}

function startedClient({ dsn, environment }: { dsn: string; environment: string }): ServerRuntimeClient {
  const options: ServerRuntimeClientOptions = {
    dsn,
    environment,
    platform: 'node',
    runtime: { name: 'node', version: process.version },
    stackParser,
    integrations: [],
    // Otherwise the client adds an integration for tracing.
    traceLifecycle: 'static',
    transport: fetchTransport,
  };
  applySdkMetadata(options, 'core');
  const client = new ServerRuntimeClient(options);
  client.init();
  return client;
}

/** What a report says besides the error. It leaves out the user, who is not needed to find a bug. */
function scopeOf(client: ServerRuntimeClient, service: string, leftOut: number): Scope {
  const scope = new Scope();
  scope.setClient(client);
  const facts = requestFacts();
  scope.setTags({
    service,
    ...(facts && { request_id: facts.requestId }),
    ...(facts?.clientId !== undefined && { client_id: facts.clientId }),
    ...(leftOut > 0 && { left_out_before: leftOut }),
  });
  // The request id is a trace id, by which Sentry groups the errors of all services in one call.
  if (facts) scope.setPropagationContext({ traceId: facts.requestId, sampleRand: 0 });
  return scope;
}

function fetchTransport(options: BaseTransportOptions): Transport {
  // Node loads fetch at its first use: better now than while a request waits.
  new Request(options.url);
  return createTransport(options, async ({ body }) => {
    const response = await fetch(options.url, {
      method: 'POST',
      headers: options.headers ?? {},
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(SEND_MS),
    });
    await response.body?.cancel();
    return {
      statusCode: response.status,
      // With these headers Sentry asks for a pause, and the SDK obeys.
      headers: {
        'x-sentry-rate-limits': response.headers.get('x-sentry-rate-limits'),
        'retry-after': response.headers.get('retry-after'),
      },
    };
  });
}
