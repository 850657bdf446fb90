/** Reports errors with the core of Sentry's SDK, which by itself patches, records and listens to nothing. */
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

/** How long Sentry may take to accept a report, in milliseconds; so nobody ever waits longer for it. */
const SEND_MS = 2_000;

/** An error storm says nothing new after this many reports a minute. */
const REPORTS_A_MINUTE = 20;

/** Reports to the project that a DSN names. */
export function sentryReports(source: { service: string; dsn: string; environment: string }): ErrorReports {
  const client = startedClient(source);
  const admit = atMost(REPORTS_A_MINUTE, 60_000);
  return {
    report(error) {
      const leftOut = admit();
      if (leftOut === undefined) return;
      try {
        // The SDK never gets the error itself, of which it would send whatever it finds.
        const exception = { values: reportedErrors(error) };
        scopeOf(client, source.service, leftOut).captureEvent({ level: 'error', exception });
      } catch {
        // An error that cannot even be read, such as one whose message is a getter that throws. It is in the log.
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
    // Otherwise the client adds an integration for tracing to ours.
    traceLifecycle: 'static',
    transport: fetchTransport,
  };
  applySdkMetadata(options, 'core');
  const client = new ServerRuntimeClient(options);
  client.init();
  return client;
}

/** What a report says besides the error. Not the user: who it was is not needed to mend anything. */
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
  // The request id is a trace id, by which Sentry shows the errors of all services in one call together.
  if (facts) scope.setPropagationContext({ traceId: facts.requestId, sampleRand: 0 });
  return scope;
}

function fetchTransport(options: BaseTransportOptions): Transport {
  // Node loads its fetch at the first use of it: better now than while a request waits for its answer.
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
      // By these Sentry asks for silence, and the SDK obeys.
      headers: {
        'x-sentry-rate-limits': response.headers.get('x-sentry-rate-limits'),
        'retry-after': response.headers.get('retry-after'),
      },
    };
  });
}
