/** `GET /metrics`, on a listener of its own, so that who may call the service need not see how it does. */
import type { RequestListener } from 'node:http';
import type { Metrics } from './metrics.ts';

/** Answers in the text format of Prometheus. */
export function metricsListener(metrics: Metrics): RequestListener {
  return async function answerMetrics(request, response) {
    request.resume();
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' });
    response.end(await metrics.text());
  };
}
