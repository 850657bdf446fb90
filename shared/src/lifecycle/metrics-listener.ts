/** `GET /metrics`, on a listener of its own, so that the callers of the service do not see its metrics. */
import type { RequestListener } from 'node:http';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Answers `GET /metrics` in the text format of Prometheus, and anything else with 404. */
export function metricsListener({ metrics, log }: Pick<Telemetry, 'metrics' | 'log'>): RequestListener {
  return async function answerMetrics(request, response) {
    request.resume();
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await metrics.text();
      response.writeHead(200, { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' }).end(text);
    } catch (err) {
      log.error({ event: 'metrics.failed', err }, 'the metrics cannot be read');
      response.writeHead(500).end();
    }
  };
}
