/** Fetches of metadata documents of clients, as a metric and in the log. */
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import type { DocumentDependencies, FetchResult } from '../../core/clients/client-documents.ts';

const RESULTS: FetchResult[] = [
  'fetched',
  'refused',
  'too_large',
  'private_address',
  'unreachable',
  'slow',
  'limited',
];

/** Counts each fetch, and logs those that made nobody a client, with the host: anybody can name any. */
export function countDocuments({
  metrics,
  log,
}: Pick<Telemetry, 'metrics' | 'log'>): DocumentDependencies['note'] {
  const fetches = metrics.counter({
    name: 'oauth_client_documents_total',
    help: 'Fetches of client metadata documents by their result.',
    labelNames: ['result'],
  });
  for (const result of RESULTS) fetches.inc({ result }, 0);
  return function noteFetch(result, host, fault) {
    fetches.inc({ result });
    if (result === 'fetched') return;
    log.info({ event: 'client_document.failed', result, host, fault }, 'no client from a metadata document');
  };
}
