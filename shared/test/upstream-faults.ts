/** The ways in which an upstream may fail to answer, and what its caller must answer then. */
import { expect } from 'vitest';
import { serveBytes } from './raw-http.ts';
import { freePort } from './serve.ts';
import { type Answer, startUpstream } from './upstream.ts';

export interface UpstreamFailure {
  what: string;
  /** Starts the failing upstream, and returns its base URL. */
  start(): Promise<string>;
  /** The statuses that the caller may answer with. */
  statuses: number[];
}

/** A text in the failing upstream's answers, which must not reach the caller. */
const CAUSE = 'cause-of-the-failure';

/** The failures of an upstream that otherwise answers `good`. */
export function upstreamFailures(good: object): UpstreamFailure[] {
  const failing = (what: string, answer: Answer, ...statuses: number[]) => ({
    what,
    start: async () => (await startUpstream(answer)).base,
    statuses,
  });
  const status = (code: number, expected: number) =>
    failing(
      `answers ${code}`,
      (_, res) => res.writeHead(code, { 'content-type': 'application/json' }).end(withCause(good)),
      expected,
    );
  return [
    {
      what: 'refuses connections',
      start: async () => `http://127.0.0.1:${await freePort()}`,
      statuses: [503],
    },
    { what: 'does not speak HTTP', start: () => serveBytes(`220 ${CAUSE}\r\n`), statuses: [502] },
    failing('answers too late', () => {}, 504),
    failing('stops in mid-answer', (_, res) => void res.write('{'), 504),
    failing('closes without an answer', (_, res) => void res.destroy(), 503),
    failing('resets in mid-answer', (_, res) => promiseMore(res, good), 502, 503),
    status(500, 502),
    status(502, 502),
    status(503, 503),
    status(504, 504),
    status(404, 502),
    failing('answers HTML', (_, res) => void res.end(`<html>${CAUSE}</html>`), 502),
    failing('answers nothing', (_, res) => void res.end(), 502),
    failing('answers JSON of another shape', (_, res) => void res.end(`{"${CAUSE}":true}`), 502),
    failing('answers too much', (_, res) => void res.end(withCause(good) + ' '.repeat(64 * 1024)), 502),
    failing('redirects', redirectTo(good), 502),
  ];
}

/** Expects a problem answer with one of these statuses, without a time and without the cause. */
export async function expectOutage(response: Response, statuses: number[]): Promise<void> {
  expect(statuses).toContain(response.status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('www-authenticate')).toBeNull();
  const body = (await response.json()) as Record<string, unknown>;
  expect(Object.keys(body).sort()).toEqual(['detail', 'request_id', 'status', 'title', 'type']);
  expect(body.status).toBe(response.status);
  expect(body.detail).toMatch(/^The (auth|resource) server [a-z ]+\.( Try again later\.)?$/);
  expect(JSON.stringify(body)).not.toContain(CAUSE);
}

function withCause(good: object): string {
  return JSON.stringify({ ...good, cause: CAUSE });
}

function promiseMore(res: Parameters<Answer>[1], good: object): void {
  const body = JSON.stringify(good);
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length + 10 });
  res.write(body, () => res.socket?.resetAndDestroy());
}

function redirectTo(good: object): Answer {
  return ({ url }, res) =>
    url === '/elsewhere'
      ? res.end(JSON.stringify(good))
      : res.writeHead(303, { location: '/elsewhere' }).end();
}
