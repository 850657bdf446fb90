/** Calls the API with a Bearer token (RFC 6750 §2.1). */
import { endpointAt } from 'shared/config/settings.ts';
import { timeAnswers } from 'shared/oauth/time-answers.ts';
import type { Upstream } from 'shared/upstream/upstream.ts';
import { z } from 'zod';
import type { CallApi } from '../core/ask-the-time.ts';

const problem = z.object({ detail: z.string() });

/**
 * The port to the API. 401 and 403 are refusals; it rejects with an `UpstreamFault` for any other answer but 200.
 *
 * @param url the URL of the API
 */
export function apiClient(resourceServer: Upstream, url: string): CallApi {
  return async function callApi(endpoint, token) {
    const answer = await resourceServer.send({
      url: endpointAt(url, endpoint),
      repeatable: true,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    });
    switch (answer.status) {
      case 200:
        return { ok: true, value: resourceServer.parse(timeAnswers[endpoint], answer) };
      case 401:
      case 403: {
        const { detail: reason } = resourceServer.parse(problem, answer);
        const of = answer.status === 401 ? 'unauthenticated' : 'forbidden';
        return { ok: false, refusal: { by: 'resource-server', of, reason } };
      }
      default:
        throw resourceServer.invalidResponse(`answered ${answer.status}`);
    }
  };
}
