/** What is nobody's fault, and what is the API's: neither is ever a refusal, and neither lets a call pass, in each framework. */
import { Unavailable } from 'guard';
import { keyOf } from 'shared/test/dpop.ts';
import { UpstreamFault } from 'shared/upstream/fault.ts';
import { describe, expect, test } from 'vitest';
import { startApi, tokenOf } from './api-under-test.ts';
import { proofBy } from './dpop.ts';
import { frameworks } from './frameworks.ts';

const fault = (kind: UpstreamFault['kind'], retryAfterS?: number) =>
  new UpstreamFault('auth server', kind, 'a secret of the log', { retryAfterS });

describe.each(frameworks)('in %s', (_, start) => {
  test.each<[status: number, title: string, retryAfter: string | null, outage: Unavailable]>([
    [503, 'Service Unavailable', '1', fault('unreachable')],
    [503, 'Service Unavailable', '7', fault('unavailable', 7)],
    [503, 'Service Unavailable', '1', fault('busy')],
    [504, 'Gateway Timeout', null, fault('timeout')],
    [504, 'Gateway Timeout', null, fault('deadline_exceeded')],
    [502, 'Bad Gateway', null, fault('invalid_response')],
    [503, 'Service Unavailable', '1', new Unavailable('a secret of the log')],
  ])('an outage is %i %s with Retry-After %s', async (status, title, retryAfter, outage) => {
    const { getWithToken, outages, errors, passed } = await startApi(start, () => Promise.reject(outage));
    const answer = await getWithToken();
    expect(answer.status).toBe(status);
    expect(answer.challenges).toEqual([]);
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toEqual({ type: 'about:blank', title, status, detail: outage.detail });
    expect(outages).toEqual([outage]);
    expect([errors, passed]).toEqual([[], []]);
  });

  test('a call without a token is refused during an outage, since it needs nobody to say so', async () => {
    const { get, outages } = await startApi(start, () => Promise.reject(fault('unreachable')));
    expect((await get()).status).toBe(401);
    expect(outages).toEqual([]);
  });

  test.each<[what: string, tokens: () => Promise<never>]>([
    ['that rejects with a TypeError', () => Promise.reject(new TypeError('a defect'))],
    [
      'that throws a TypeError',
      () => {
        throw new TypeError('a defect');
      },
    ],
    ['that answers nothing', async () => undefined as never],
    ['that answers with scopes as a list', async () => ({ ...tokenOf(), scope: ['read'] }) as never],
  ])('a function for tokens %s reaches the error handling of the framework', async (_what, tokens) => {
    const { base, errors, outages, passed } = await startApi(start, tokens, { scope: 'read' });
    const { status, headers } = await fetch(`${base}/notes`, {
      headers: { authorization: 'Bearer a-token' },
    });
    expect([status, headers.get('www-authenticate')]).toEqual([500, null]);
    expect(errors).toEqual([expect.any(TypeError)]);
    expect([outages, passed]).toEqual([[], []]);
  });

  test('a memory of proofs that fails reaches it, too', async () => {
    const key = await keyOf();
    const rememberProof = () => Promise.reject(new TypeError('a defect'));
    const { base, errors, passed } = await startApi(
      start,
      tokenOf({ cnf: { jkt: key.jkt } }),
      {},
      { rememberProof },
    );
    const headers = { authorization: 'DPoP a-token', dpop: await proofBy(key) };
    expect((await fetch(`${base}/notes`, { headers })).status).toBe(500);
    expect(errors).toEqual([expect.any(TypeError)]);
    expect(passed).toEqual([]);
  });

  test('an error while an outage is noted reaches it, too', async () => {
    const { base, passed, errors } = await startApi(
      start,
      () => Promise.reject(fault('busy')),
      {},
      {
        onOutage: () => {
          throw new TypeError('a defect');
        },
      },
    );
    const headers = { authorization: 'Bearer a-token' };
    expect((await fetch(`${base}/notes`, { headers })).status).toBe(500);
    expect(errors).toEqual([expect.any(TypeError)]);
    expect(passed).toEqual([]);
  });
});
