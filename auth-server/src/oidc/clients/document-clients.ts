/** Clients that are known by their metadata documents, in the terms of the library. */
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ClientDocuments } from '../../core/clients/client-documents.ts';
import type { ClientRegistration, ClientStore } from '../../core/clients/client-registration.ts';
import { FETCH_WINDOW_S } from '../../core/egress/fetch-budget.ts';
import { TooManyAttempts } from '../too-many-attempts.ts';

/**
 * All clients: the registered ones, and after them those of documents. So a document replaces no registration.
 *
 * @param documents undefined where documents are not taken
 */
export function withDocuments(registered: ClientStore, documents: ClientDocuments | undefined): ClientStore {
  if (documents === undefined) return registered;
  return {
    async find(clientId) {
      return (await registered.find(clientId)) ?? (await ofDocument(documents, clientId));
    },
  };
}

/**
 * Whether a request only names a client that it is not from: one that has a token which another client introspects or exchanges,
 * or which is shown at userinfo, or from which somebody signs out. Its document is not needed, and may be out of reach.
 */
function isOnlyNamed({ oidc }: KoaContextWithOIDC, clientId: string): boolean {
  if (oidc.client !== undefined && oidc.client.clientId !== clientId) return true;
  return oidc.route === 'userinfo' || oidc.route?.startsWith('end_session') === true;
}

async function ofDocument(
  documents: ClientDocuments,
  clientId: string,
): Promise<ClientRegistration | undefined> {
  const { ctx } = Provider;
  if (ctx === undefined) return fetched(documents, clientId, ctx);
  if (isOnlyNamed(ctx, clientId)) return documents.unread(clientId);
  // The library asks again when it has failed, and the request has to wait for one failure only.
  const failed: { clientId: string; error: unknown } | undefined = ctx.state.failedDocument;
  if (failed?.clientId === clientId) throw failed.error;
  try {
    return await fetched(documents, clientId, ctx);
  } catch (error) {
    ctx.state.failedDocument = { clientId, error };
    throw error;
  }
}

async function fetched(
  documents: ClientDocuments,
  clientId: string,
  ctx: KoaContextWithOIDC | undefined,
): Promise<ClientRegistration | undefined> {
  const found = await documents.find(clientId, ctx?.ip);
  if (found === undefined || found.ok) return found?.value;
  if (found.refusal.reason === 'unusable') {
    throw new errors.InvalidClient(`the client metadata document ${found.refusal.fault}`);
  }
  if (ctx === undefined) throw new errors.InvalidClient('too many clients were looked up');
  throw new TooManyAttempts(ctx, FETCH_WINDOW_S, 'too many clients were looked up from this address');
}
