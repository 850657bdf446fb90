/** Calls the API with a Bearer token (RFC 6750 §2.1). */
import { endpointAt } from 'shared/config/settings.ts';
import { timeAnswers } from 'shared/oauth/time-answers.ts';
import type { Upstream, UpstreamAnswer } from 'shared/upstream/upstream.ts';
import { z } from 'zod';
import type { CallApi, Refusal } from '../core/ask-the-time.ts';
import { askedSignIn } from './sign-in-challenge.ts';

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
        return { ok: false, refusal: (await askedOfUser(answer)) ?? refused('unauthenticated', answer) };
      case 403:
        return { ok: false, refusal: refused('forbidden', answer) };
      default:
        throw resourceServer.invalidResponse(`answered ${answer.status}`);
    }
  };

  function refused(of: 'unauthenticated' | 'forbidden', answer: UpstreamAnswer): Refusal {
    return { by: 'resource-server', of, reason: resourceServer.parse(problem, answer).detail };
  }

  /** The refusal by a challenge that asks for a sign-in. */
  async function askedOfUser({ headers }: UpstreamAnswer): Promise<Refusal | undefined> {
    const asked = await askedSignIn(headers['www-authenticate']?.toString());
    if (asked === undefined) return undefined;
    if (!asked.success)
      throw resourceServer.invalidResponse('asks for a sign-in that cannot be read', asked.error);
    return { by: 'resource-server', of: 'sign-in', asked: asked.data };
  }
}
