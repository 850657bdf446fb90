/** `GET /metrics`, on a listener of its own, so that the callers of the service do not see its metrics. */
import type { RequestListener } from 'node:http';
import type { Telemetry } from '../telemetry/telemetry.ts';

/**
 * Answers `GET /metrics` in the text format of Prometheus, other methods with 405 and other paths with 404. The query has no
 * meaning: the reader gets all metrics, also if it names (`name[]`) those that it wants.
 */
export function metricsListener({ metrics, log }: Pick<Telemetry, 'metrics' | 'log'>): RequestListener {
  return async function answerMetrics(request, response) {
    request.resume();
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
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
