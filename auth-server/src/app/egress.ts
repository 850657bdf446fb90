/** Requests to hosts that strangers have named, and the clients whose metadata documents are fetched there. */
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { httpsFetch } from '../adapters/https-fetch.ts';
import type { Outside } from '../adapters/outside.ts';
import type { Settings } from '../config.ts';
import { type ClientDocuments, clientDocuments } from '../core/clients/client-documents.ts';
import { type FetchBudget, fetchBudget } from '../core/egress/fetch-budget.ts';
import type { PublicFetch } from '../core/egress/public-fetch.ts';
import { checkClientMetadata } from '../oidc/clients/client-secrets.ts';
import { countDocuments } from '../oidc/telemetry/document-metrics.ts';
import type { CurrentProvider } from './current-provider.ts';

/** What outlives every provider: the documents that are kept, and the counts of fetches. */
export interface Egress {
  fetch: PublicFetch;
  budget: FetchBudget;
  /** Undefined where documents are not taken. */
  documents: ClientDocuments | undefined;
}

/** @param outside in place of the internet, in tests */
export function openEgress(
  { settings, ...telemetry }: ServiceDependencies<Settings>,
  provider: CurrentProvider,
  outside: Outside | undefined,
): Egress {
  const fetch = httpsFetch(outside);
  const budget = fetchBudget();
  const hosts = settings.CIMD_ALLOWED;
  if (hosts.length === 0) return { fetch, budget, documents: undefined };
  const check = (registration: Parameters<typeof checkClientMetadata>[1]) =>
    checkClientMetadata(provider.get(), registration);
  const note = countDocuments(telemetry);
  return { fetch, budget, documents: clientDocuments({ hosts, fetch, budget, check, note }) };
}
