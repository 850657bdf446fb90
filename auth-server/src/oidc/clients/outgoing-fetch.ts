/** The library's own requests to URLs that clients have named, such as their keys: sent as those for metadata documents are. */
import type { Configuration } from 'oidc-provider';
import type { FetchBudget } from '../../core/egress/fetch-budget.ts';
import type { PublicFetch } from '../../core/egress/public-fetch.ts';

/** The longest answer, in bytes: the keys of a client. */
const MOST = 64 * 1_024;

/** The library's setting. Its own request would connect to an address before it looks at it. */
export function outgoingFetch(fetch: PublicFetch, budget: FetchBudget): NonNullable<Configuration['fetch']> {
  return async function fetchOutside(target, { method, headers, body } = {}) {
    const url = new URL(target instanceof Request ? target.url : target);
    if (budget.enter(url.href, url.host, undefined) !== undefined)
      throw new Error('the host is asked too often');
    try {
      const answer = await fetch({
        url,
        method,
        headers: Object.fromEntries(new Headers(headers)),
        ...(body != null && { body: String(body) }),
        most: MOST,
      });
      if (!answer.ok) throw new Error(`no answer: ${answer.refusal}`);
      const { status, headers: answered, body: content } = answer.value;
      if (status === 200) budget.worked(url.href);
      return new Response(content.length === 0 ? null : content, { status, headers: answered });
    } finally {
      budget.leave(url.host);
    }
  };
}
