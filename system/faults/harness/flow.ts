/** A steady flow of calls: good ones of the webapp, and bad ones of the API. */
import { Agent } from 'node:http';
import { forgedToken } from './bad-tokens.ts';
import { type Call, type Outcome, send } from './call.ts';
import type { System } from './linked-system.ts';
import { judge, type Verdict } from './verdict.ts';

/** The time from a call to the next, in milliseconds: 50 a second. */
const INTERVAL_MS = 20;

/** A call with its outcome and verdict. */
export interface Judged extends Call, Outcome, Verdict {}

export interface Flow {
  /** The calls that have ended so far. */
  readonly calls: Judged[];
  /** Sends no more; resolves when the last call has ended. */
  stop(): Promise<void>;
}

/**
 * Sends calls at a steady rate, whether or not answers come.
 *
 * @param expiredToken gives a token that was good once
 */
export function startFlow({ services }: System, expiredToken: () => string): Flow {
  const agent = new Agent({ keepAlive: true });
  const calls: Judged[] = [];
  const pending = new Set<Promise<void>>();
  let sent = 0;
  const timer = setInterval(() => {
    const call = nextCall(sent, expiredToken);
    sent += 1;
    const ended = send(call, services[call.to].url, agent).then((outcome) => {
      calls.push({ ...call, ...outcome, ...judge(call, outcome) });
      pending.delete(ended);
    });
    pending.add(ended);
  }, INTERVAL_MS);
  return {
    calls,
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
    },
  };
}

/** Seven of ten calls are good. */
function nextCall(index: number, expiredToken: () => string): Call {
  const endpoint = index % 2 === 0 ? 'current_time' : 'epoch_time';
  switch (index % 10) {
    case 3:
      return { to: 'resource-server', endpoint };
    case 6:
      return { to: 'resource-server', endpoint, token: forgedToken() };
    case 9:
      return { to: 'resource-server', endpoint, token: expiredToken() };
    default:
      return { to: 'webapp', endpoint };
  }
}
