/** What waits for room at an upstream is still done for the request that it belongs to. */
import { expect, test } from 'vitest';
import { requestId, withRequestContext } from '../../src/telemetry/request-context.ts';
import { passingTracer } from '../../src/telemetry/tracing/tracer.ts';
import { Safeguard } from '../../src/upstream/safeguard.ts';
import { recordingTelemetry } from '../serve.ts';

test('a call that had to wait is made in the context of its own request', async () => {
  const safeguard = new Safeguard('upstream', recordingTelemetry());
  const span = passingTracer.begin({ method: 'GET', traceparent: '', tracestate: '' });
  const ids = Array.from({ length: 100 }, (_, index) => `request ${index}`);
  const seen = ids.map((id) =>
    withRequestContext({ facts: { requestId: id }, span, deadline: Number.POSITIVE_INFINITY }, () =>
      safeguard.run(async () => {
        await new Promise(setImmediate);
        return requestId();
      }, true),
    ),
  );
  expect(safeguard.waiting).toBe(36);
  expect(await Promise.all(seen)).toEqual(ids);
});
