/**
 * Clients that are known by a document at the URL that is their id (draft-ietf-oauth-client-id-metadata-document): fetched when
 * such a client is asked for, and kept for as long as the answer says, within bounds.
 */
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import type { Result } from 'shared/core/result.ts';
import { Unavailable } from 'shared/core/unavailable.ts';
import type { FetchBudget } from '../egress/fetch-budget.ts';
import type { NoAnswer, PublicFetch } from '../egress/public-fetch.ts';
import { registrationOf, withoutDocument } from './client-document.ts';
import type { ClientRegistration } from './client-registration.ts';
import { freshFor } from './document-freshness.ts';
import { type DocumentId, documentId, isTakenHost } from './document-ids.ts';

/** The longest document, in bytes: what the draft recommends (§6.6). */
export const MAX_DOCUMENT = 5 * 1_024;

/** How many documents are kept. Of one host the oldest make room, so that it takes none away from others. */
const MOST_KEPT = 1_000;

/** What became of a fetch. `refused` are documents of no use, `limited` those that were not fetched. */
export type FetchResult = 'fetched' | 'refused' | 'limited' | NoAnswer;

/** Why a document makes nobody a client: what is wrong with it, or that too many are fetched for the caller's address. */
export type DocumentRefusal = { reason: 'unusable'; fault: string } | { reason: 'too_many' };

/** The document of a client cannot be fetched now. Why is not told: it would say which names lead into this network. */
export class DocumentUnavailable extends Unavailable {
  override readonly name = 'DocumentUnavailable';
  override readonly event = 'client_document.unavailable';
  override readonly detail = 'The metadata document of the client cannot be fetched now. Try again later.';
}

/** What the documents need. */
export interface DocumentDependencies {
  /** The hosts whose documents are taken. */
  hosts: readonly string[];
  fetch: PublicFetch;
  budget: FetchBudget;
  /** What is wrong with a registration beyond its document; undefined when nothing is. */
  check(registration: ClientRegistration): Promise<string | undefined>;
  /** Told of each fetch. */
  note(result: FetchResult, host: string, fault?: string): void;
}

/** The clients of documents. */
export interface ClientDocuments {
  /** Whether a document of this id is taken here, whatever it says. */
  takes(clientId: string): boolean;
  /** The client as far as it is known without its document; undefined where documents of this id are not taken. */
  unread(clientId: string): ClientRegistration | undefined;
  /**
   * The client of a document; undefined where documents of this id are not taken.
   *
   * @param address where the request comes from that needs it
   * @throws {DocumentUnavailable} when it cannot be fetched now
   */
  find(
    clientId: string,
    address: string | undefined,
  ): Promise<Result<ClientRegistration, DocumentRefusal> | undefined>;
}

/** Those of these hosts. A document that cannot be used is not kept, and fetched again, as often as the budget lets it. */
export function clientDocuments(dependencies: DocumentDependencies): ClientDocuments {
  const { hosts, fetch, budget, check, note } = dependencies;
  const kept = new ExpiringMap<ClientRegistration>({ max: MOST_KEPT, whenFull: 'drop oldest' });
  const underWay = new Map<string, Promise<Result<ClientRegistration, DocumentRefusal>>>();

  return {
    takes: (clientId) => taken(clientId) !== undefined,
    unread(clientId) {
      const id = taken(clientId);
      return id && withoutDocument(id.url);
    },
    async find(clientId, address) {
      const id = taken(clientId);
      if (id === undefined) return undefined;
      const known = kept.get(clientId);
      if (known !== undefined) return { ok: true, value: known };
      const fetching = underWay.get(clientId) ?? begun(id, address);
      return fetching;
    },
  };

  function taken(clientId: string): DocumentId | undefined {
    const id = documentId(clientId);
    return id && isTakenHost(id.host, hosts) ? id : undefined;
  }

  async function begun(
    id: DocumentId,
    address: string | undefined,
  ): Promise<Result<ClientRegistration, DocumentRefusal>> {
    const { href } = id.url;
    const spent = budget.enter(href, id.host, address);
    if (spent !== undefined) {
      note('limited', id.host);
      if (spent === 'of_address') return { ok: false, refusal: { reason: 'too_many' } };
      throw new DocumentUnavailable('the document was fetched too often lately, or its host is busy');
    }
    const fetching = fetched(id).finally(() => {
      underWay.delete(href);
      budget.leave(id.host);
    });
    underWay.set(href, fetching);
    return fetching;
  }

  async function fetched({ url, host }: DocumentId): Promise<Result<ClientRegistration, DocumentRefusal>> {
    const answer = await fetch({ url, headers: { accept: 'application/json' }, most: MAX_DOCUMENT });
    if (!answer.ok && answer.refusal === 'too_large') {
      return unusable(host, `is longer than ${MAX_DOCUMENT} bytes`, 'too_large');
    }
    if (!answer.ok) throw unavailable(host, answer.refusal);
    const { status, headers, body } = answer.value;
    if (status >= 500 || status === 429) throw unavailable(host, 'unreachable');
    const read = status === 200 ? registrationOf(url, headers['content-type'], body) : undefined;
    // Redirects are among the others (§4).
    if (read === undefined) return unusable(host, `was answered with status ${status} in place of 200`);
    if (!read.ok) return unusable(host, read.refusal);
    const fault = await check(read.value);
    if (fault !== undefined) return unusable(host, `cannot be used: ${fault}`);
    kept.set(url.href, read.value, Date.now() + freshFor(headers, Date.now()) * 1_000, host);
    budget.worked(url.href);
    note('fetched', host);
    return { ok: true, value: read.value };
  }

  function unusable(host: string, fault: string, result: FetchResult = 'refused') {
    note(result, host, fault);
    return { ok: false, refusal: { reason: 'unusable', fault } } as const;
  }

  function unavailable(host: string, result: NoAnswer): DocumentUnavailable {
    note(result, host);
    return new DocumentUnavailable(`the metadata document of a client cannot be fetched: ${result}`);
  }
}
